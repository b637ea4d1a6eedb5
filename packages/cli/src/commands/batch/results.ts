import { numberText } from '@tenas/base';
import { columnOfMetric, distinctDatasetTexts, metricOfColumn } from '@tenas/records';
import {
  type JobFields,
  type JobRow,
  jobFields,
  type RowFilter,
  resultOf,
  StoreReader,
  type Task,
} from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { optionInvalid } from '../../flag-reading.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { tableText } from '../../table-text.js';
import type { resultsUsage } from './options.js';
import { betterOf, columnsOf } from './result-columns.js';

/** Fields besides metrics that rows are sorted by, smallest first. */
const OTHERS = ['seconds', 'seed', 'order'] as const;

/** `tenas batch results`: the best results as a table. */
export async function batchResults({ given, json, io }: Invocation<typeof resultsUsage>): Promise<ExitCode> {
  using reader = new StoreReader(given.folder);
  const filter: RowFilter = given.kind === undefined ? {} : { kind: given.kind };
  const columns = columnsOf(reader, filter);
  const sort = given.sort ?? columns[0]!;
  const datasetOf = distinctDatasetTexts(reader.tasks(filter));
  const wanted = ({ task, architecture }: JobRow) =>
    (given.dataset === undefined || [task.dataset.name, datasetOf(task)].includes(given.dataset)) &&
    (given.arch === undefined || architecture === given.arch);
  const best = bestOf(reader, { filter, wanted }, columnToSort(sort, columns), given.limit);
  const shown = best.map(({ fields }) => fields);
  printResult(io, json, shown, () => resultsText(best, columns, datasetOf));
  return exitCodes.ok;
}

/** The column of what `--sort` names: a metric by its name or its column, or another field. */
function columnToSort(sort: string, columns: readonly string[]): string {
  const column = columnOfMetric(metricOfColumn(sort));
  if (columns.includes(column)) return column;
  if (columns.includes(sort)) return sort;
  if (OTHERS.some((other) => other === sort)) return sort;
  throw optionInvalid('--sort', sort, `one of ${[...columns, ...OTHERS].join(', ')}`);
}

/** A job in its place. */
interface Ranked {
  readonly rank: number;
  readonly fields: JobFields;
  readonly task: Task;
}

/** The first rows by a column, best values first, without holding all of them. */
function bestOf(
  reader: StoreReader,
  { filter, wanted }: { readonly filter: RowFilter; readonly wanted: (row: JobRow) => boolean },
  column: string,
  limit: number,
): Ranked[] {
  const metric = metricOfColumn(column);
  const kept: Ranked[] = [];
  const cut = () => {
    kept.sort((a, b) => a.rank - b.rank);
    kept.length = Math.min(kept.length, limit);
  };
  let order = 0;
  for (const row of reader.rows(filter)) {
    if (!wanted(row)) continue;
    const result = resultOf(row);
    const fields = jobFields(row, result);
    const value = column === 'order' ? order++ : fields[column];
    const rank =
      typeof value !== 'number'
        ? Number.POSITIVE_INFINITY
        : betterOf(metric, result) === 'higher'
          ? -value
          : value;
    kept.push({ rank, fields, task: row.task });
    if (kept.length >= 2 * limit + 1000) cut();
  }
  cut();
  return kept;
}

function resultsText(
  rows: readonly Ranked[],
  columns: readonly string[],
  datasetOf: (task: Task) => string,
): string {
  if (rows.length === 0) return 'no results yet';
  const others = ['kind', 'dataset', 'seed'];
  const lines = rows.map(({ fields: row, task }) => [
    ...others.map((column) => (column === 'dataset' ? datasetOf(task) : String(row[column]))),
    ...columns.map((column) => valueText(row[column])),
    String(row.architecture ?? ''),
  ]);
  const last = others.length + columns.length;
  return tableText([[...others, ...columns, 'architecture'], ...lines], [0, 1, last]);
}

function valueText(value: unknown): string {
  return numberText(typeof value === 'number' ? value : null, 5);
}
