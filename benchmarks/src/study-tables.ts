/** A table of accuracies that the study judges metrics on. */
export interface StudyTable {
  /** Name of its CSV among the tables, without `.csv`, as `tenas data table` writes it. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly space: string;
  /** Images that are scored; MnasNets are scored on synthetic ones, as ImageNet's are not at hand. */
  readonly images: 'cifar10' | 'synthetic';
  /**
   * Made of another table, for metrics that take long: representatives of isomorphic architectures whose row there, from
   * 0, is divisible by `every`.
   */
  readonly drawnFrom?: { readonly table: string; readonly every: number };
  /** By the name of a group of metrics: score only so many, where all take long. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Whether the recipe was chosen on all of it, a third of it, or none. */
  readonly chosenOn: 'all' | 'third' | 'none';
}

/** Networks that short trainings score, of every table. */
const TRAINED = 60;

/** Networks that kernel regression, of seconds each, scores of most tables. */
const REGRESSED = 100;

/** Limits of a table where all metrics but counts and codes take long. */
function limitedTo(architectures: number): Readonly<Record<string, number>> {
  const groups = ['gradients', 'features', 'maps', 'constants', 'kernels', 'curvature', 'signs'];
  return {
    ...Object.fromEntries(groups.map((group) => [group, architectures])),
    ...{ regression: REGRESSED, trainings: TRAINED },
  };
}

/** The tables, in the order of docs/quality.md. */
export const STUDY_TABLES: readonly StudyTable[] = [
  {
    name: 'nb201',
    title: 'NAS-Bench-201',
    space: 'nas-bench-201',
    images: 'cifar10',
    chosenOn: 'third',
  },
  {
    name: 'nb201-sixth',
    title: 'of these, 906',
    space: 'nas-bench-201',
    images: 'cifar10',
    drawnFrom: { table: 'nb201', every: 6 },
    chosenOn: 'none',
    limits: { regression: 300, trainings: TRAINED },
  },
  {
    name: 'darts',
    title: 'DARTS, trained',
    space: 'darts',
    images: 'cifar10',
    chosenOn: 'all',
    limits: { regression: REGRESSED, trainings: TRAINED },
  },
  {
    name: 'nb301',
    title: 'DARTS, NAS-Bench-301',
    space: 'darts',
    images: 'cifar10',
    chosenOn: 'all',
    limits: limitedTo(350),
  },
  {
    name: 'macro',
    title: 'NAS-Bench-Macro',
    space: 'nas-bench-macro',
    images: 'cifar10',
    chosenOn: 'all',
    limits: limitedTo(150),
  },
  {
    name: 'nb101',
    title: 'NAS-Bench-101',
    space: 'nas-bench-101',
    images: 'cifar10',
    chosenOn: 'none',
    limits: { regression: REGRESSED, trainings: TRAINED },
  },
  {
    name: 'mnasnet',
    title: 'MnasNet, ImageNet',
    space: 'mnasnet',
    images: 'synthetic',
    chosenOn: 'none',
    limits: { codes: 300, ...limitedTo(300) },
  },
];

/** Metrics that are scored together in one batch, so that what they share is computed once. */
export const METRIC_GROUPS: Readonly<Record<string, readonly string[]>> = {
  counts: ['params', 'macs', 'depth', 'skip-length', 'vkdnw-dim'],
  codes: ['naswot', 'regions', 'ntk'],
  gradients: [
    'snip',
    'grad-norm',
    'plain',
    'l2-norm',
    'jacov',
    'epe-nas',
    'knas',
    'zico',
    'synflow',
    'logsynflow',
    'fisher',
    'wrcor',
  ],
  features: [
    'az-expressivity',
    'az-progressivity',
    'az-trainability',
    'zen',
    'vkdnw-entropy',
    'meco',
    'intrain',
  ],
  maps: ['swap', 'near'],
  constants: ['epsinas'],
  kernels: ['ntk-trace', 'ntk-mean-eigenvalue', 'ntk-frobenius', 'ntk-mean', 'lga'],
  curvature: ['grasp'],
  signs: ['gradsign'],
  regression: ['tegnas-mse'],
  trainings: ['early-accuracy', 'tse'],
};
