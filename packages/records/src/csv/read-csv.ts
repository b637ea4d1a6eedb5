import { clip, TenasError } from '@tenas/base';
import { CsvError, parse } from 'csv-parse/sync';
import { type Delimiter, delimiterOf, writesDecimalCommas } from './dialect.js';

/** One row of a CSV file. */
export interface CsvRow {
  /** Line in the file, from 1; the header is usually line 1. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** A CSV file with a header. */
export interface CsvTable {
  /** Origin of the text, for messages. */
  readonly from: string;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
  /** Numbers are written as 1,5: the file is not separated by commas, and no number in it has a point. */
  readonly decimalComma: boolean;
}

const MOST_COLUMNS = 2000;
const LONGEST_HEADER = 256;
/** Characters of one row: an open quote must not swallow a whole file. */
const LONGEST_ROW = 4 * 1024 * 1024;

function invalid(from: string, problem: string, field: string, cause?: unknown): TenasError {
  return new TenasError('CSV_INVALID', `${from}: ${problem}`, { field, cause });
}

/**
 * Reads CSV text with a header line (RFC 4180: quotes, either line ending, a byte order mark). Files separated by
 * semicolons or tabs are read, too. Empty lines are skipped, blanks around cells removed.
 * @param from where it is from, for messages: a file's name
 * @throws TenasError `CSV_INVALID` naming line and column: no header or rows, more than 2,000 columns, unequal columns,
 * a column twice, broken quotes
 */
export function readCsv(text: string, from: string): CsvTable {
  const delimiter = delimiterOf(text);
  checkWidth(text, delimiter, from);
  const [header, ...records] = recordsOf(text, delimiter, from);
  if (header === undefined || records.length === 0) {
    throw invalid(from, 'no rows; a header line and rows below it are needed', from);
  }
  const columns = header.cells;
  checkColumns(columns, from);
  return {
    from,
    columns,
    rows: records.map(({ line, cells }) => ({ line, cells: byColumn(columns, cells) })),
    decimalComma: delimiter !== ',' && writesDecimalCommas(records.map(({ cells }) => cells)),
  };
}

/** Without a prototype, so that a column may have any name. */
function byColumn(columns: readonly string[], cells: readonly string[]): Record<string, string> {
  const named: Record<string, string> = Object.create(null);
  columns.forEach((column, index) => {
    named[column] = cells[index]!;
  });
  return named;
}

/** Refuses far too many columns before anything is parsed. */
function checkWidth(text: string, delimiter: Delimiter, from: string): void {
  let columns = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\n' || character === '\r') {
      if (columns > 1) return;
    } else if (character === delimiter && ++columns > MOST_COLUMNS) {
      throw invalid(from, `line 1: more than ${MOST_COLUMNS} columns`, 'columns');
    }
  }
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

const SEPARATORS: Readonly<Record<Delimiter, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' };

function recordsOf(text: string, delimiter: Delimiter, from: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      bom: true,
      delimiter,
      skip_empty_lines: true,
      trim: true,
      max_record_size: LONGEST_ROW,
      on_record: (cells: string[], { lines }) => {
        records.push({ line: lines, cells });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const problem = `${clip(cause.message)} (read as separated by ${SEPARATORS[delimiter]})`;
    throw invalid(from, problem, from, cause);
  }
  return records;
}

function checkColumns(columns: readonly string[], from: string): void {
  const known = new Set<string>();
  for (const [index, name] of columns.entries()) {
    if (name.length > LONGEST_HEADER) {
      const problem = `a name of ${name.length} characters; at most ${LONGEST_HEADER} are read`;
      throw invalid(from, `line 1, column ${index + 1}: ${problem}`, 'columns');
    }
    if (known.has(name)) throw invalid(from, `line 1: the header has column '${name}' twice`, name);
    known.add(name);
  }
}
