/** The separators of the cells of a file. */
export type Delimiter = ',' | ';' | '\t';

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t'];

/** Longest header line in bytes: bounds a file whose header never ends. */
const LONGEST_HEADER_LINE = 1 << 20;

/** The first line that is not empty, without quoted parts, in which anything may stand. */
function headerLine(text: string): string {
  const line = /[^\r\n]+/.exec(text.slice(0, LONGEST_HEADER_LINE))?.[0] ?? '';
  return line.replace(/"(?:[^"]|"")*"/g, '');
}

/** The most frequent separator in a line, the comma among equals. */
function mostFrequent(line: string): Delimiter {
  const times = (delimiter: Delimiter) => line.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (times(delimiter) > times(best) ? delimiter : best));
}

/** Excel's first line that names the separator. */
const SEPARATOR_LINE = /^\ufeff?sep=([,;\t])[ \t]*(?=\r?\n)/i;

/** A line at the beginning that is empty, or a comment: after `#` comes no separator, as it does in a column's name. */
const COMMENT_LINE = /^[ \t]*(?:#(?![,;\t])[^\r\n]*)?(?:\r?\n|\r)/;

/** How a file is written: its separator, and its text without what comes before the header. Lines keep their numbers. */
export interface Dialect {
  readonly delimiter: Delimiter;
  readonly text: string;
}

/** Finds out how a file is written. The separator is the most frequent one in the header, unless a first line names it. */
export function readDialect(given: string): Dialect {
  const named = SEPARATOR_LINE.exec(given);
  if (named !== null) return withoutComments(given.slice(named[0].length), named[1] as Delimiter);
  return withoutComments(given.replace(/^\ufeff/, ''));
}

function withoutComments(text: string, named?: Delimiter): Dialect {
  const comments = commentsOf(text);
  const header = headerLine(text.slice(comments.join('').length));
  // The names of the columns may begin with `#`, too.
  if (fieldsOf(comments.at(-1) ?? '') === fieldsOf(header)) comments.pop();
  const rest = text.slice(comments.join('').length);
  return { delimiter: named ?? mostFrequent(headerLine(rest)), text: comments.map(endOf).join('') + rest };
}

/** The end of a line, as the file writes it. */
const endOf = (line: string): string => /(?:\r?\n|\r)$/.exec(line)?.[0] ?? '';

/** The lines before the header that may be comments, with their ends. */
function commentsOf(text: string): string[] {
  const lines: string[] = [];
  for (let start = 0; ; start += lines.at(-1)!.length) {
    const [line] = COMMENT_LINE.exec(text.slice(start, start + LONGEST_HEADER_LINE)) ?? [];
    if (line === undefined) return lines;
    lines.push(line);
  }
}

/** Cells of a line, by its most frequent separator; those of text without one are none. */
function fieldsOf(line: string): number {
  const fields = line.split(mostFrequent(line)).length;
  return fields === 1 ? 0 : fields;
}

const WITH_POINT = /^[+-]?\d*\.\d+(e[+-]?\d+)?$/i;
const WITH_COMMA = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;
/** 1,234 may be one thousand two hundred and thirty-four. */
const MAYBE_THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;

/**
 * Whether a comma is the decimal sign in a table that is not separated by commas: some number can mean nothing else,
 * and none has a point.
 */
export function writesDecimalCommas(rows: readonly (readonly string[])[]): boolean {
  let sure = false;
  for (const row of rows) {
    for (const cell of row) {
      if (WITH_POINT.test(cell)) return false;
      sure ||= WITH_COMMA.test(cell) && !MAYBE_THOUSANDS.test(cell);
    }
  }
  return sure;
}
