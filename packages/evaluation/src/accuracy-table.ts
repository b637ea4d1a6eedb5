import { TenasError } from '@tenas/base';
import { type CsvTable, cellError, columnList, columnOf, numberIn } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { architectureIn } from './architectures.js';

/** Accuracies of trained architectures. */
export interface AccuracyTable {
  readonly from: string;
  readonly architectureColumn: string;
  /** Names of the accuracy columns. */
  readonly datasets: readonly string[];
  /** One accuracy a dataset, by the architecture as the space writes it. */
  readonly accuracies: ReadonlyMap<string, readonly number[]>;
}

/** Column names that mean accuracies where none are named. */
const ACCURACY_NAME = /acc|test|top-?1|valid/i;

/**
 * Reads accuracies: a CSV with an architecture column and a column of accuracies (higher is better) for each dataset.
 *
 * @param options.columns which columns are accuracies; default: those with `acc`, `test`, `valid` or `top1` in their name
 * @param options.architectureColumn default: `arch` or `architecture`
 * @throws TenasError `CSV_INVALID` naming line and column, also for an architecture that stands there twice with
 * different accuracies
 */
export function readAccuracies(
  table: CsvTable,
  options: {
    readonly space: Space;
    readonly columns?: readonly string[] | undefined;
    readonly architectureColumn?: string | undefined;
  },
): AccuracyTable {
  const { architectureColumn: named } = options;
  const architectureColumn = columnOf(
    table,
    named === undefined ? ['arch', 'architecture'] : [named],
    'the architecture',
  );
  const datasets =
    options.columns?.map((column) => columnOf(table, [column], 'accuracies')) ??
    table.columns.filter((column) => ACCURACY_NAME.test(column));
  if (datasets.length === 0) {
    throw new TenasError(
      'CSV_INVALID',
      `${table.from}: which columns are accuracies? Name them; the columns are ${columnList(table)}`,
      { field: 'accuracy' },
    );
  }
  const accuracies = new Map<string, readonly number[]>();
  for (const row of table.rows) {
    const { text } = architectureIn(options.space, table, row, architectureColumn);
    const values = datasets.map((column) => numberIn(table, row, column));
    const known = accuracies.get(text);
    if (known?.some((value, index) => value !== values[index])) {
      throw cellError(
        table,
        row,
        architectureColumn,
        row.cells[architectureColumn],
        'this architecture stands in an earlier line with other accuracies',
      );
    }
    accuracies.set(text, values);
  }
  return { from: table.from, architectureColumn, datasets, accuracies };
}
