import { stringify } from 'csv-stringify/sync';

/** The value of a cell. null: nothing. A list: its items joined by `;`, `-` for null. */
export type CsvCell = string | number | bigint | boolean | null | readonly (string | number | null)[];

/** How to write. */
export interface WriteCsvOptions {
  /**
   * Text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a carriage return) gets a `'`
   * before it, which shows it as text. `raw`: it stays as it is, for programs that compare. Numbers and lists of numbers
   * are never changed. Default false.
   */
  readonly raw?: boolean | undefined;
}

/** A list as one cell; the `-` of a missing number must not be taken for a formula. */
function listCell(items: readonly unknown[]) {
  const value = items.map((item) => item ?? '-').join(';');
  const numeric = items.every((item) => item === null || typeof item === 'number');
  return numeric ? { value, escape_formulas: false } : value;
}

/** One row of CSV (RFC 4180), without the line end. */
export function csvRow(cells: readonly CsvCell[], { raw = false }: WriteCsvOptions = {}): string {
  return stringify([[...cells]], {
    eof: false,
    escape_formulas: !raw,
    cast: { boolean: String, object: (items) => listCell(Object.values(items)) },
  });
}

/**
 * Lines of CSV, without line ends, the first with the names of the columns. Rows are read one by one, so that a table of
 * any length is written in constant memory.
 */
export function* csvLines<Column extends string>(
  columns: readonly Column[],
  rows: Iterable<Readonly<Record<Column, CsvCell>>>,
  options: WriteCsvOptions = {},
): Generator<string, void, undefined> {
  yield csvRow(columns, options);
  for (const row of rows) {
    yield csvRow(
      columns.map((column) => row[column]),
      options,
    );
  }
}

/** A whole table as CSV text, each line with its end. As {@link csvLines}. */
export function csvText<Column extends string>(
  columns: readonly Column[],
  rows: Iterable<Readonly<Record<Column, CsvCell>>>,
  options: WriteCsvOptions = {},
): string {
  return [...csvLines(columns, rows, options), ''].join('\n');
}
