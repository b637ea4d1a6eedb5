import { clip, TenasError } from '@tenas/base';
import type { CsvRow, CsvTable } from './read-csv.js';

/** An error in a cell, naming file, line, column and value. @param wanted what would be right, as a sentence */
export function cellError(
  table: Pick<CsvTable, 'from'>,
  row: Pick<CsvRow, 'line'>,
  column: string,
  value: string | undefined,
  wanted: string,
  cause?: unknown,
): TenasError {
  const got = value === undefined ? 'nothing' : clip(JSON.stringify(value));
  return new TenasError(
    'CSV_INVALID',
    `${table.from}: line ${row.line}, column '${column}': got ${got}; ${wanted}`,
    { field: column, value, cause },
  );
}

/** The first of some names that the table has as a column. @throws TenasError `CSV_INVALID` listing its columns */
export function columnOf(table: CsvTable, names: readonly string[], what: string): string {
  const found = names.find((name) => table.columns.includes(name));
  if (found !== undefined) return found;
  const wanted = names.map((name) => `'${name}'`).join(' or ');
  throw new TenasError(
    'CSV_INVALID',
    `${table.from}: no column ${wanted} for ${what}; its columns are ${columnList(table)}`,
    { field: names[0] ?? '' },
  );
}

/** The names of a table's columns, for messages. */
export function columnList({ columns }: Pick<CsvTable, 'columns'>): string {
  return columns.length <= 40 ? columns.join(', ') : `${columns.slice(0, 40).join(', ')}, ...`;
}

/** Texts that stand for no number: nothing, a dash, a word for it, or an infinity, which marks a failure. */
const MISSING = /^(|-|nan|n\/?a|null|none|[+-]?inf(inity)?)$/i;

/** Whether a cell has no value. This is the one rule for all tables. */
export function isMissing(cell: string | undefined): boolean {
  return MISSING.test(cell?.trim() ?? '');
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number in a cell; null where there is none ({@link isMissing}) and where the table has no such column.
 * @param cell default: that of the column; or a part of it, such as one item of a list
 * @throws TenasError `CSV_INVALID` naming line and column
 */
export function numberOrNullIn(
  table: CsvTable,
  row: CsvRow,
  column: string,
  cell: string | undefined = row.cells[column],
): number | null {
  if (cell === undefined || isMissing(cell)) return null;
  const given = cell.trim();
  const plain = table.decimalComma ? given.replace(',', '.') : given;
  const value = NUMBER.test(plain) ? Number(plain) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const comma = /^[+-]?\d*,\d+$/.test(given) ? ' with a point for decimals' : '';
  throw cellError(table, row, column, cell, `a number is needed${comma}, or nothing where there is none`);
}

/** The number in a cell. @throws TenasError `CSV_INVALID` naming line and column, also where there is none */
export function numberIn(table: CsvTable, row: CsvRow, column: string): number {
  const value = numberOrNullIn(table, row, column);
  if (value === null) throw cellError(table, row, column, row.cells[column], 'a number is needed');
  return value;
}
