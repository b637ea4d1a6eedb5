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

/** The separator of the columns of a file: the most frequent one in its header, the comma among equals. */
export function delimiterOf(text: string): Delimiter {
  const header = headerLine(text);
  const times = (delimiter: Delimiter) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (times(delimiter) > times(best) ? delimiter : best));
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
