import { isMissing } from './csv/cells.js';
import type { CsvTable } from './csv/read-csv.js';
import type { MetricInfo } from './scores.js';
import { trainedQuality } from './training-columns.js';
import {
  isWordOfV1,
  JOB_COLUMNS,
  metricOfColumn,
  metricOfRepeatsColumn,
  repeatsColumnOf,
} from './v1/batch-columns.js';
import { METRICS_OF_V1, metricOfV1 } from './v1/metrics.js';

/** A column of numbers, and the metric that it holds. */
export interface MetricColumn {
  readonly column: string;
  /** Name of the metric. */
  readonly metric: string;
}

/** Description of a metric or of a column of trainings by its name, for documents that do not describe it; null: unknown. */
export function knownMetric(name: string): MetricInfo | null {
  const metric = metricOfColumn(name);
  const known = Object.values(METRICS_OF_V1).find((other) => other === metric);
  return known === undefined ? trainedQuality(name) : metricOfV1(known);
}

/** The columns of a batch's CSV that are metrics: known ones that were measured, and what else holds nothing but numbers. */
export function metricColumns(table: CsvTable): MetricColumn[] {
  return table.columns
    .filter((column) =>
      isWordOfV1(column) ? isMeasured(table, column) : mayBeMetric(column) && isNumeric(table, column),
    )
    .map((column) => ({ column, metric: metricOfColumn(column) }));
}

/**
 * Whether a metric's column stands for something: every batch has columns of some metrics, also where it measures others. One
 * that failed throughout is told by its repeats.
 */
function isMeasured(table: CsvTable, column: string): boolean {
  const repeats = repeatsColumnOf(metricOfColumn(column));
  const holds = (name: string) => table.rows.some(({ cells }) => (cells[name] ?? '') !== '');
  return holds(column) || !table.columns.includes(repeats) || holds(repeats);
}

function mayBeMetric(column: string): boolean {
  return !JOB_COLUMNS.includes(column) && metricOfRepeatsColumn(column) === null;
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
