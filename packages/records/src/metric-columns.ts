import { isMissing } from './csv/cells.js';
import type { CsvTable } from './csv/read-csv.js';
import { METRICS_OF_V1, metricOfV1 } from './v1/metrics.js';

/** Columns of a batch's CSV that say what a job was and how it went; all others are metrics. */
const JOB_COLUMNS: readonly string[] = [
  'space',
  'dataset',
  'architecture',
  'seed',
  'repeats',
  'seconds',
  'status',
  'kind',
  'protocol',
  'strategy',
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
];

/** A column of numbers, and the metric that it holds. */
export interface MetricColumn {
  readonly column: string;
  /** Name of the metric. */
  readonly metric: string;
}

function isKnown(column: string): column is keyof typeof METRICS_OF_V1 {
  return Object.hasOwn(METRICS_OF_V1, column);
}

/** The metric that a column holds: `kappa` is `ntk`, `flops` is `macs`, others are called as their metric. */
export function metricOfColumn(column: string): string {
  return isKnown(column) ? METRICS_OF_V1[column] : column;
}

/** What is known of a metric by its name or column without a document that describes it; null: nothing. */
export function knownMetric(name: string): ReturnType<typeof metricOfV1> | null {
  const metric = metricOfColumn(name);
  const known = Object.values(METRICS_OF_V1).find((other) => other === metric);
  return known === undefined ? null : metricOfV1(known);
}

/** The columns of a batch's CSV that are metrics: known ones, and what else holds nothing but numbers. */
export function metricColumns(table: CsvTable): MetricColumn[] {
  return table.columns
    .filter((column) => isKnown(column) || (!JOB_COLUMNS.includes(column) && isNumeric(table, column)))
    .map((column) => ({ column, metric: metricOfColumn(column) }));
}

const NUMBER = /^[+-]?[\d.,]+(e[+-]?\d+)?$/i;

function isNumeric({ rows }: CsvTable, column: string): boolean {
  let some = false;
  for (const { cells } of rows) {
    const cell = cells[column];
    if (isMissing(cell)) continue;
    if (!NUMBER.test(cell!)) return false;
    some = true;
  }
  return some;
}
