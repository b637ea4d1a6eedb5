import { TenasError } from '@tenas/base';
import { CsvError, parse } from 'csv-parse/sync';

/** One row of a CSV file. */
export interface CsvRow {
  /** Line in the file, from 1; the header is usually line 1. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** A CSV file with a header. */
export interface CsvTable {
  /** Where it is from, for messages. */
  readonly from: string;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

/** An error in a cell, naming file, line, column and value. */
export function cellError(
  table: Pick<CsvTable, 'from'>,
  row: Pick<CsvRow, 'line'>,
  column: string,
  value: unknown,
  wanted: string,
  cause?: unknown,
): TenasError {
  return new TenasError(
    'CSV_INVALID',
    `${table.from}: line ${row.line}, column '${column}': got ${JSON.stringify(value)}; ${wanted}`,
    { field: column, value, ...(cause === undefined ? {} : { cause }) },
  );
}

/**
 * Reads CSV text (RFC 4180: quotes, either line ending, a byte order mark) with a header line. Empty lines are skipped.
 * @throws TenasError `CSV_INVALID` naming the line: no header or rows, unequal columns, a column twice, broken quotes
 */
export function readCsv(text: string, from: string): CsvTable {
  let columns: string[] = [];
  let parsed: { record: Record<string, string>; info: { lines: number } }[];
  try {
    parsed = parse(text, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      columns: (header: string[]) => {
        columns = header;
        return header;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new TenasError('CSV_INVALID', `${from}: ${cause.message}`, { field: from, cause });
  }
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new TenasError('CSV_INVALID', `${from}: the header has column '${twice}' twice`, { field: twice });
  }
  if (parsed.length === 0) {
    throw new TenasError('CSV_INVALID', `${from}: no rows; a header line and rows below it are needed`, {
      field: from,
    });
  }
  return { from, columns, rows: parsed.map(({ record, info }) => ({ line: info.lines, cells: record })) };
}

/** The first of some names that the table has as a column. @throws TenasError `CSV_INVALID` listing its columns */
export function columnOf(table: CsvTable, names: readonly string[], what: string): string {
  const found = names.find((name) => table.columns.includes(name));
  if (found !== undefined) return found;
  throw new TenasError(
    'CSV_INVALID',
    `${table.from}: no column ${names.map((name) => `'${name}'`).join(' or ')} for ${what}; its columns are ${table.columns.join(', ')}`,
    { field: names[0] ?? '' },
  );
}

/** A finite number in a cell. @throws TenasError `CSV_INVALID` */
export function numberIn(table: CsvTable, row: CsvRow, column: string): number {
  const text = row.cells[column] ?? '';
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) {
    throw cellError(table, row, column, text, 'a number is needed');
  }
  return value;
}

const NO_VALUE = /^(|-|nan|null|none|[+-]?inf(inity)?)$/i;

/** A number in a cell, or null for an empty one, `-`, NaN and infinities: a failure. @throws TenasError `CSV_INVALID` */
export function scoreIn(
  table: CsvTable,
  row: CsvRow,
  column: string,
  text = row.cells[column] ?? '',
): number | null {
  if (NO_VALUE.test(text.trim())) return null;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw cellError(
    table,
    row,
    column,
    text,
    'a number is needed, or nothing (or nan, inf) where scoring failed',
  );
}
