import { eachMetric, type Variant } from './variant-scores.js';

/** The network that is trained: C=16, N=5 in NAS-Bench-201. */
const TRAINED = { network: 'final' };

const OF_BATCHES = ['grad-norm', 'snip', 'fisher', 'plain', 'epe-nas', 'jacov', 'l2-norm', 'synflow'];
const OTHERS = [
  ...['naswot', 'zen', 'meco', 'logsynflow', 'zico', 'near', 'swap', 'intrain', 'wrcor'],
  ...['az-expressivity', 'az-progressivity', 'az-trainability'],
];

/** Metrics to score and judge. */
export interface JudgedVariant extends Variant {
  /** Aggregates of these metrics to judge as well. */
  readonly aggregates?: readonly string[];
}

/** Metrics to score under settings of one name, which some variants share: those that take long are scored last. */
export interface PublishedVariant extends JudgedVariant {
  readonly settings: Readonly<Record<string, object>>;
  /** Whose settings. */
  readonly whose: string;
}

/**
 * Settings under which metrics were published on NAS-Bench-201, all on the network that is trained. `zero-cost-nas`: initial
 * weights of PyTorch, a batch of 64. `authors`: the initial weights and batches of each metric's authors, which are its
 * defaults. `zen-nas`: as AZ-NAS took the norm of the gradient from ZenNAS, one norm over all parameters, with weights by
 * Kaiming's fan-in.
 */
export const PUBLISHED_VARIANTS: readonly PublishedVariant[] = [
  {
    ...{ name: 'zero-cost-nas', whose: 'zero-cost-nas' },
    ...eachMetric([...OF_BATCHES, 'naswot'], (metric) => ({
      ...TRAINED,
      ...(metric === 'naswot' ? { batchSize: 64 } : {}),
    })),
  },
  { ...{ name: 'authors', whose: 'authors', aggregates: ['az-nas'] }, ...eachMetric(OTHERS, () => TRAINED) },
  { ...{ name: 'grasp', whose: 'zero-cost-nas' }, ...eachMetric(['grasp'], () => TRAINED) },
  {
    ...{ name: 'zen-nas', whose: 'zen-nas' },
    ...eachMetric(['grad-norm'], () => ({ ...TRAINED, variant: 'zen-nas', init: 'kaiming_fan_in' })),
  },
];

/** The metrics on the small network, with their defaults otherwise: what the published settings are compared with. */
export const SMALL_VARIANT: JudgedVariant = {
  name: 'small',
  ...eachMetric([...OF_BATCHES, ...OTHERS, 'grasp'], () => ({ network: 'proxy' })),
  aggregates: ['az-nas'],
};

/** A correlation with the accuracy on CIFAR-10 that somebody published. */
export interface PublishedFigure {
  /** Of all 15,625 cells, or of the 9,445 without unreachable operations. */
  readonly population: 'all' | 'without-unreachable';
  readonly metric: string;
  /** Whose settings of {@link PUBLISHED_VARIANTS} come closest. */
  readonly settings: string;
  readonly figure: 'tau' | 'rho';
  readonly value: number;
  readonly source: string;
}

function published(
  source: string,
  settings: string,
  figure: PublishedFigure['figure'],
  values: Readonly<Record<string, number>>,
  population: PublishedFigure['population'] = 'all',
): PublishedFigure[] {
  return Object.entries(values).map(([metric, value]) => ({
    ...{ population, metric, settings, figure, value, source },
  }));
}

/** Published correlations on CIFAR-10, in the order of the table of docs/quality.md. */
export const PUBLISHED_FIGURES: readonly PublishedFigure[] = [
  ...published('Abdelfattah et al., 2101.08134', 'zero-cost-nas', 'rho', {
    ...{ jacov: 0.73, snip: 0.58, 'grad-norm': 0.58, synflow: 0.74, grasp: 0.48, fisher: 0.36 },
  }),
  ...published('VKDNW, 2502.04975', 'zero-cost-nas', 'tau', { jacov: 0.545, synflow: 0.571, naswot: 0.556 }),
  ...published('tables of AZ-NAS and VKDNW', 'zero-cost-nas', 'tau', { snip: 0.454 }),
  ...published('tables of AZ-NAS and VKDNW', 'authors', 'tau', { zen: 0.244 }),
  ...published('VKDNW, 2502.04975', 'authors', 'tau', { zico: 0.59 }),
  ...published('ZiCo, 2301.11300', 'authors', 'tau', { zico: 0.61 }),
  ...published('FreeREA, 2207.05135, its scores', 'authors', 'tau', { naswot: 0.608, logsynflow: 0.63 }),
  ...published('MeCo, NeurIPS 2023', 'authors', 'rho', { meco: 0.894 }),
  ...published('NEAR, 2408.08776', 'authors', 'tau', { near: 0.7 }),
  ...published('tables of AZ-NAS and VKDNW', 'zen-nas', 'tau', { 'grad-norm': 0.356 }),
  ...published('AZ-NAS, 2403.19232', 'authors', 'tau', { 'az-nas': 0.741 }),
  ...published('APD, its rerun', 'authors', 'tau', { swap: 0.634 }),
  ...published('WRCor, 2507.08841', 'authors', 'rho', { wrcor: 0.812 }),
  ...published('InTrain, 2606.18676', 'authors', 'tau', { intrain: 0.669 }, 'without-unreachable'),
];

/** Columns of the published scores of NAS-Bench-Suite-Zero on CIFAR-10, and the metric and settings that are the same here. */
export const SUITE_COLUMNS: readonly {
  readonly column: string;
  readonly metric: string;
  readonly settings: string;
}[] = [
  ...['epe-nas', 'fisher', 'grad-norm', 'grasp', 'jacov', 'l2-norm', 'plain', 'snip', 'synflow'].map(
    (metric) => ({
      column: `c10_${metric.replace('-', '_')}`,
      metric,
      settings: 'zero-cost-nas',
    }),
  ),
  { column: 'c10_nwot', metric: 'naswot', settings: 'zero-cost-nas' },
  { column: 'c10_zen', metric: 'zen', settings: 'authors' },
];
