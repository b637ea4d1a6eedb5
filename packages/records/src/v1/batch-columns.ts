import { TRAINING_COLUMNS, trainedQuality } from '../training-columns.js';
import { METRICS_OF_V1 } from './metrics.js';

// The CSV of a batch began in version 0.1 with columns for two metrics and two counts. They keep their names and places;
// everything since stands after them, under the name of its metric.

/** Columns that version 0.1 wrote, in their order. */
export const CSV_COLUMNS_OF_V1 = [
  'space',
  'dataset',
  'architecture',
  'seed',
  'repeats',
  'kappa',
  'regions',
  'params',
  'flops',
  'seconds',
  'status',
  'kind',
  'protocol',
  'index',
  'kappas',
  'regionCounts',
  'aggregation',
  'ntkMode',
  'ntkBatch',
  'regionBatches',
  'regionBatch',
  'scoredAs',
  'fingerprint',
  'isa',
  'attempts',
  'key',
  'error',
] as const;

type ColumnOfV1 = (typeof CSV_COLUMNS_OF_V1)[number];

/** Where version 0.1 wrote a metric: the value, and one value per repeat. */
const METRIC_COLUMNS: Readonly<
  Record<string, { readonly value: ColumnOfV1; readonly repeats?: ColumnOfV1 }>
> = {
  ntk: { value: 'kappa', repeats: 'kappas' },
  regions: { value: 'regions', repeats: 'regionCounts' },
  params: { value: 'params' },
  macs: { value: 'flops' },
};

/** Settings of metrics with a column in version 0.1: whose setting, and which. */
export const SETTING_COLUMNS_OF_V1 = {
  aggregation: { metric: 'ntk', setting: 'aggregation' },
  ntkMode: { metric: 'ntk', setting: 'mode' },
  ntkBatch: { metric: 'ntk', setting: 'batchSize' },
  regionBatches: { metric: 'regions', setting: 'batches' },
  regionBatch: { metric: 'regions', setting: 'batchSize' },
} as const satisfies Partial<Record<ColumnOfV1, { readonly metric: string; readonly setting: string }>>;

/** Columns that are counted of every job's architecture itself, whatever is measured. */
export const COUNTED_COLUMNS = ['params', 'flops'] as const satisfies readonly ColumnOfV1[];

/** Columns of a batch's CSV that every batch has, in their order. Later versions add columns at the end. */
export const CSV_COLUMNS = [...CSV_COLUMNS_OF_V1, 'strategy', 'settings'] as const;

const ofMetrics = Object.values(METRIC_COLUMNS).flatMap(({ value, repeats = value }) => [value, repeats]);

/** Columns of a batch's CSV that say what a job was and how it went; all others belong to metrics. */
export const JOB_COLUMNS: readonly string[] = [
  ...CSV_COLUMNS.filter((column) => !ofMetrics.some((metric) => metric === column)),
  ...TRAINING_COLUMNS.filter((column) => trainedQuality(column) === null),
];

const VALUE = '.value';
const REPEATS = '.repeats';

function isTaken(name: string): boolean {
  return [...CSV_COLUMNS, ...TRAINING_COLUMNS].some((column) => column === name);
}

/** The column that holds a metric's value: its name, where that is no other column's (then `NAME.value`). */
export function columnOfMetric(metric: string): string {
  return ofV1(metric)?.value ?? (isTaken(metric) ? `${metric}${VALUE}` : metric);
}

/** The column that holds a metric's values per repeat, joined by `;`: `NAME.repeats`. */
export function repeatsColumnOf(metric: string): string {
  return ofV1(metric)?.repeats ?? `${metric}${REPEATS}`;
}

/** The metric whose value a column holds: `kappa` is `ntk`, `flops` is `macs`, others are called as their metric. */
export function metricOfColumn(column: string): string {
  if (isWordOfV1(column)) return METRICS_OF_V1[column];
  const name = column.slice(0, -VALUE.length);
  return column.endsWith(VALUE) && isTaken(name) ? name : column;
}

/** The metric whose values per repeat a column holds; null: it holds something else. */
export function metricOfRepeatsColumn(column: string): string | null {
  const known = Object.entries(METRIC_COLUMNS).find(([, { repeats }]) => repeats === column);
  if (known !== undefined) return known[0];
  return column.endsWith(REPEATS) ? column.slice(0, -REPEATS.length) : null;
}

/** Whether version 1 had this word for a metric. */
export function isWordOfV1(word: string): word is keyof typeof METRICS_OF_V1 {
  return Object.hasOwn(METRICS_OF_V1, word);
}

function ofV1(metric: string): (typeof METRIC_COLUMNS)[string] | undefined {
  return Object.hasOwn(METRIC_COLUMNS, metric) ? METRIC_COLUMNS[metric] : undefined;
}

/** How the values of a column are held by formats with types. */
export type ColumnKind = 'text' | 'count' | 'number' | 'list';

const TEXT_COLUMNS: readonly string[] = [
  ...['space', 'dataset', 'architecture', 'status', 'kind', 'protocol', 'aggregation', 'ntkMode'],
  ...['scoredAs', 'fingerprint', 'isa', 'key', 'error', 'strategy', 'settings', 'recipe', 'weights'],
];
const COUNT_COLUMNS: readonly string[] = [
  ...COUNTED_COLUMNS,
  ...['seed', 'repeats', 'index', 'ntkBatch', 'regionBatches', 'regionBatch', 'attempts'],
  ...['epochs', 'batchSize', 'channels', 'cells', 'imagesPerSecond'],
];
const LIST_COLUMNS: readonly string[] = Object.values(METRIC_COLUMNS).flatMap(({ repeats = [] }) => repeats);

/**
 * The kind of a column of a batch's results.
 *
 * @param metrics whose columns of repeats are lists
 */
export function columnKindOf(column: string, metrics: readonly string[]): ColumnKind {
  if (TEXT_COLUMNS.includes(column)) return 'text';
  if (COUNT_COLUMNS.includes(column)) return 'count';
  const isList = LIST_COLUMNS.includes(column) || metrics.some((name) => repeatsColumnOf(name) === column);
  return isList ? 'list' : 'number';
}
