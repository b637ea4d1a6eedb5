import { TenasError } from '@tenas/base';
import { CsvError, parse } from 'csv-parse/sync';

/** A CSV file with a header (RFC 4180). */
export interface CsvTable {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly line: number; readonly cells: Readonly<Record<string, string>> }[];
}

/** An error in a cell, naming file, line, column and value. */
export function cellError(
  file: string,
  line: number,
  column: string,
  value: string | undefined,
  wanted: string,
): TenasError {
  const got = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  return new TenasError(
    'RESULT_INVALID',
    `${file}: line ${line}, column ${column} ${got}; it must be ${wanted}`,
    {
      field: column,
      value,
    },
  );
}

/** Reads CSV text. @throws TenasError `RESULT_INVALID` naming the file and the line */
export function parseCsv(text: string, file: string): CsvTable {
  let columns: readonly string[] = [];
  try {
    const parsed: { record: Record<string, string>; info: { lines: number } }[] = parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      columns: (header: string[]) => {
        columns = header.map((name) => name.trim());
        return [...columns];
      },
    });
    return { file, columns, rows: parsed.map(({ record, info }) => ({ line: info.lines, cells: record })) };
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new TenasError('RESULT_INVALID', `${file}: no CSV: ${cause.message}`, {
      field: 'result',
      value: file,
      cause,
    });
  }
}

/** The number in a cell; null where it is empty or the column is missing. @throws TenasError `RESULT_INVALID` */
export function numberIn(table: CsvTable, row: CsvTable['rows'][number], column: string): number | null {
  const text = row.cells[column]?.trim() ?? '';
  if (text === '') return null;
  const value = /^[+-]?infinity$/i.test(text)
    ? Number(`${text.startsWith('-') ? '-' : ''}Infinity`)
    : Number(text);
  if (Number.isNaN(value) && text.toLowerCase() !== 'nan') {
    throw cellError(table.file, row.line, column, text, 'a number or empty');
  }
  return value;
}
