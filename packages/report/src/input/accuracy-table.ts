import { TenasError } from '@tenas/base';
import {
  ARCHITECTURE_COLUMNS,
  accuracyColumns,
  columnList,
  columnOf,
  numberOrNullIn,
  readCsv,
} from '@tenas/records';

/** Accuracies of trained networks, by architecture. */
export interface AccuracyTable {
  readonly file: string;
  /** Names of the accuracy columns. */
  readonly columns: readonly string[];
  /** One accuracy a column; null where the table has none. */
  readonly accuracies: ReadonlyMap<string, readonly (number | null)[]>;
}

/**
 * Reads a table of accuracies: CSV with a column `arch`, `architecture` or `genotype` and columns named after accuracies
 * (`accuracyColumns`).
 * @throws TenasError `CSV_INVALID` naming the file and what is missing
 */
export function parseAccuracyTable(text: string, file: string): AccuracyTable {
  const table = readCsv(text, file);
  const architecture = columnOf(table, ARCHITECTURE_COLUMNS, 'the architectures of an accuracy table');
  const columns = accuracyColumns(table).accuracies;
  if (columns.length === 0) {
    throw new TenasError(
      'CSV_INVALID',
      `${file}: an accuracy table needs a column with the word accuracy, acc, test, valid or top1 in its name; the columns are ${columnList(table)}`,
      { field: 'accuracy-table', value: file },
    );
  }
  return {
    file,
    columns,
    accuracies: new Map(
      table.rows.map((row) => [
        row.cells[architecture] ?? '',
        columns.map((column) => numberOrNullIn(table, row, column)),
      ]),
    ),
  };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The column that tells of a dataset: `cifar10_test200` of `cifar10`; else the first. */
export function columnFor(table: AccuracyTable, dataset: string): number {
  const wanted = plain(dataset);
  const index = table.columns.findIndex((column) => {
    const name = plain(column);
    return (
      (wanted !== '' && name.startsWith(wanted) && !/^\d/.test(name.slice(wanted.length))) || name === wanted
    );
  });
  return Math.max(0, index);
}
