import { readdirSync, readFileSync } from 'node:fs';

const PAIRS =
  "('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('none', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)";

/** Genotypes of DARTS in the forms in circulation. */
export const DARTS_TEXTS: readonly string[] = [
  `Genotype(normal=[${PAIRS}], normal_concat=range(2, 6), reduce=[${PAIRS}], reduce_concat=[2, 3, 4, 5])`,
  `DARTS_V9 = Genotype(normal=[${PAIRS}], normal_concat=[2, 3, 4, 5], reduce=None, reduce_concat=[2, 3, 4, 5])  # epoch 49`,
  `2019-04-01 10:00:00,123 INFO genotype = Genotype(normal=[${PAIRS}], normal_concat=range(2, 6), reduce=[${PAIRS}], reduce_concat=range(2, 6))`,
  '(((0, 6), (1, 2), (0, 6), (1, 1), (0, 1), (2, 4), (1, 2), (2, 1)), ((0, 6), (1, 2), (0, 6), (1, 1), (0, 1), (2, 4), (1, 2), (2, 1)))',
];

const CELL = '|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|';

/** Cells of NAS-Bench-201 in the forms in circulation. */
export const NAS_BENCH_201_TEXTS: readonly string[] = [
  `Structure(4 nodes with ${CELL})`,
  `[2021-01-01 10:10:10] genotype: ${CELL} # best`,
  "[[('nor_conv_3x3', 0)], [('none', 0), ('nor_conv_1x1', 1)], [('skip_connect', 0), ('avg_pool_3x3', 1), ('nor_conv_3x3', 2)]]",
  '[4, 0, 3, 1, 4, 2]',
];

/** Specs of batches. */
export const SPECS: readonly string[] = [
  'score: {architectures: {sample: 60, seed: 1}, seeds: [0, 1], repeats: 1, metrics: [naswot, {ntk: {batchSize: 8}}]}\n',
  'search:\n  spaces: nas-bench-201\n  protocol: fast\n  seeds: 3\n  settings:\n    finals: null\n',
  'train:\n  - architectures: ["|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"]\n    recipe: [quick, nas-bench-201]\n    epochs: [1, 2]\n',
  'score: {spaces: darts, architectures: {file: darts.csv}, datasets: [{cifar10: ./data}, synthetic]}\n',
];

// The child runs in the repository's root, whatever file it is bundled into.
const FOLDER = `${process.cwd()}/packages/spaces/test/files`;

/** Pages that describe spaces. */
export const SPACE_FILES: readonly string[] = readdirSync(FOLDER).map((name) =>
  readFileSync(`${FOLDER}/${name}`, 'utf8'),
);
