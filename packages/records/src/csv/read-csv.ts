import { clip, plural, TenasError } from '@tenas/base';
import { CsvError, parse } from 'csv-parse/sync';
import { type Delimiter, readDialect, writesDecimalCommas } from './dialect.js';

/** One row of a CSV file. */
export interface CsvRow {
  /** Line in the file, from 1; the header is usually line 1. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** A line that is no row of its table. */
export interface BrokenRow {
  readonly line: number;
  /** Its beginning. */
  readonly text: string;
  readonly why: string;
}

/** A CSV file with a header. */
export interface CsvTable {
  /** Origin of the text, for messages. */
  readonly from: string;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
  /** What separates the columns. */
  readonly delimiter: Delimiter;
  /** Numbers are written as 1,5: the file is not separated by commas, and no number in it has a point. */
  readonly decimalComma: boolean;
  /** Rows that do not have as many cells as the header; empty unless they were to be kept. */
  readonly broken: readonly BrokenRow[];
}

/** How to read. */
export interface ReadCsvOptions {
  /**
   * Keeps rows that have more or fewer cells than the header in {@link CsvTable.broken} instead of refusing the table,
   * and takes quotes inside of cells as they are. Default false.
   */
  readonly forgiving?: boolean | undefined;
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
 * semicolons or tabs are read, too; a first line `sep=;` decides. Comments, lines with `#` before the header, and empty
 * lines are skipped, blanks around cells removed.
 * @param from where it is from, for messages: a file's name
 * @throws TenasError `CSV_INVALID` naming line and column: no header or rows, more than 2,000 columns, unequal columns,
 * a column twice, broken quotes
 */
export function readCsv(given: string, from: string, { forgiving = false }: ReadCsvOptions = {}): CsvTable {
  const { delimiter, text } = readDialect(given);
  checkWidth(text, delimiter, from);
  const [header, ...records] = recordsOf(text, { delimiter, from, forgiving });
  if (header === undefined || records.length === 0) {
    throw invalid(from, 'no rows; a header line and rows below it are needed', from);
  }
  const columns = header.cells;
  checkColumns(columns, from);
  const whole = records.filter(({ cells }) => cells.length === columns.length);
  return {
    from,
    columns,
    rows: whole.map(({ line, cells }) => ({ line, cells: byColumn(columns, cells) })),
    delimiter,
    decimalComma: delimiter !== ',' && writesDecimalCommas(whole.map(({ cells }) => cells)),
    broken: records
      .filter(({ cells }) => cells.length !== columns.length)
      .map(({ line, cells }) => ({
        line,
        text: clip(cells.join(delimiter)),
        why: `it has ${plural(cells.length, 'cell')}, the header ${columns.length}`,
      })),
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

function recordsOf(
  text: string,
  options: { readonly delimiter: Delimiter; readonly from: string; readonly forgiving: boolean },
): CsvRecord[] {
  const { delimiter, from, forgiving } = options;
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      bom: true,
      delimiter,
      skip_empty_lines: true,
      trim: true,
      max_record_size: LONGEST_ROW,
      relax_column_count: forgiving,
      relax_quotes: forgiving,
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
