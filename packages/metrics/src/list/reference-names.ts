import { type ChosenMetric, chooseMetrics, listMetrics, type MetricChoice } from '../registry.js';

/** What settings follow from. */
interface FixtureSizes {
  readonly images: number;
  /** Of the regularised form of `swap`. */
  readonly mu?: number | undefined;
  readonly sigma?: number | undefined;
}

const kernel = (name: string) => ({
  [`${name.replaceAll('-', '_')}_batch`]: { metric: name, settings: { mode: 'batch' } },
  [`${name.replaceAll('-', '_')}_sample`]: { metric: name, settings: { mode: 'sample' } },
});

/** Metrics that reference fixtures have under several names, one for each setting. */
const VARIANTS: Readonly<Record<string, MetricChoice | ((sizes: FixtureSizes) => MetricChoice)>> = {
  ntk_condition_batch: { metric: 'ntk', settings: { mode: 'batch' } },
  ntk_condition_sample: { metric: 'ntk', settings: { mode: 'sample' } },
  ...kernel('ntk-trace'),
  ...kernel('ntk-mean-eigenvalue'),
  ...kernel('ntk-frobenius'),
  ...kernel('ntk-mean'),
  ...kernel('lga'),
  zico_4: { metric: 'zico', settings: { batches: 4 } },
  grad_norm_global: { metric: 'grad-norm', settings: { variant: 'zen-nas' } },
  tegnas_mse: { metric: 'tegnas-mse', settings: { ridge: 0 } },
  zen_paper: { metric: 'zen', settings: { variant: 'paper' } },
  fisher_channels: { metric: 'fisher', settings: { variant: 'paper' } },
  grasp_t200: { metric: 'grasp', settings: { temperature: 200 } },
  vkdnw_entropy_repo: { metric: 'vkdnw-entropy', settings: { variant: 'vkdnw' } },
  naswot_mean: { metric: 'naswot', settings: { mean: true } },
  swap_regularised: ({ mu, sigma }) => ({ metric: 'swap', settings: { mu, sigma } }),
  gradsign: ({ images }) => ({ metric: 'gradsign', settings: { images } }),
  gradsign_mean: ({ images }) => ({ metric: 'gradsign', settings: { images, variant: 'az-nas' } }),
};

/** Fixtures have a second batch for these; the others cut the first one into as many as they want. */
const OF_TWO_BATCHES: readonly string[] = ['tegnas-mse'];

/** A metric that a reference fixture has a value of. */
export interface ReferenceMetric extends ChosenMetric {
  /** Whether its second batch is the fixture's test batch. */
  readonly testBatch: boolean;
}

/**
 * The metric that reference fixtures mean by a name, such as `zico_4` or `grad_norm`; null if there is none. Otherwise they have
 * the metric's own name, with `_` in place of `-`.
 */
export function referenceMetric(name: string, sizes: FixtureSizes): ReferenceMetric | null {
  const own = name.replaceAll('_', '-');
  const variant = Object.hasOwn(VARIANTS, name) ? VARIANTS[name] : undefined;
  const choice =
    (typeof variant === 'function' ? variant(sizes) : variant) ??
    listMetrics().find((one) => one.name === own);
  if (choice === undefined) return null;
  const chosen = chooseMetrics([choice])[0]!;
  return { ...chosen, testBatch: OF_TWO_BATCHES.includes(chosen.metric.name) };
}
