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

/** What is read, for messages. */
const READ = 'text is read that has a header line and rows below it, separated by commas, semicolons or tabs';

/** Whether what was decoded as text is a binary file: it begins with control characters, as marks of formats have them. */
export function isBinary(text: string): boolean {
  return [...text.slice(0, 4)].some((character) => character.charCodeAt(0) < 9);
}

function invalid(from: string, problem: string, field: string, cause?: unknown): TenasError {
  return new TenasError('CSV_INVALID', `${from}: ${problem}`, { field, cause });
}

/**
 * Reads CSV text with a header line (RFC 4180: quotes, any line endings, a byte order mark). Files separated by
 * semicolons or tabs are read, too; a first line `sep=;` decides. Comments, lines with `#` before the header, and empty
 * lines are skipped, blanks around cells removed.
 * @param from where it is from, for messages: a file's name
 * @throws TenasError `CSV_INVALID` naming line and column: no header or rows, more than 2,000 columns, unequal columns,
 * a column twice, broken quotes; for a binary file
 */
export function readCsv(given: string, from: string, { forgiving = false }: ReadCsvOptions = {}): CsvTable {
  if (isBinary(given)) throw invalid(from, `it is no CSV but a binary file; ${READ}`, from);
  const { delimiter, text } = readDialect(given);
  checkWidth(text, delimiter, from);
  const [header, ...records] = recordsOf(text, { delimiter, from, forgiving });
  if (header === undefined || records.length === 0) {
    throw invalid(from, `no rows; ${READ}`, from);
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
        why: widthProblem(cells, columns),
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

function widthProblem(cells: readonly string[], header: readonly string[]): string {
  return `it has ${plural(cells.length, 'cell')}, the header ${header.length}`;
}

function readAs(delimiter: Delimiter): string {
  return `read as a CSV separated by ${SEPARATORS[delimiter]}`;
}

/** An error of the parser for people who do not know it. */
function problemOf({ code, message }: CsvError): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'the file ends inside of a quoted cell';
    case 'CSV_MAX_RECORD_SIZE':
      return `a row of more than ${LONGEST_ROW} characters; is a quote not closed?`;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return 'text after the closing quote of a cell; quotes inside of a quoted cell are doubled';
    case 'INVALID_OPENING_QUOTE':
      return 'a quote inside of a cell; such a cell is quoted, and quotes inside of it are doubled';
    default:
      return clip(message);
  }
}

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
      // Else the end of the first line would hold for all of them: a file that was put together may have both.
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      trim: true,
      max_record_size: LONGEST_ROW,
      // Told below in the project's own words.
      relax_column_count: true,
      relax_quotes: forgiving,
      on_record: (cells: string[], { lines }) => {
        const header = records[0]?.cells ?? cells;
        if (!forgiving && cells.length !== header.length) {
          throw invalid(from, `line ${lines}: ${widthProblem(cells, header)} (${readAs(delimiter)})`, from);
        }
        records.push({ line: lines, cells });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw invalid(from, `line ${cause.lines}: ${problemOf(cause)} (${readAs(delimiter)})`, from, cause);
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
