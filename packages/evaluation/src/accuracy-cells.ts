import { type CsvRow, type CsvTable, cellError, isMissing, numberOrNullIn } from '@tenas/records';

/** What the numbers of a column of accuracies are: percent, fractions of 1, or something else of which more is better. */
export type AccuracyScale = 'percent' | 'fraction' | 'other';

/** How the cells of a column of accuracies are read. */
export interface AccuracyCells {
  readonly column: string;
  readonly scale: AccuracyScale;
  /** The accuracy of a row, fractions in percent; null: there is none. @throws TenasError `CSV_INVALID` */
  value(row: CsvRow): number | null;
  /** Why the value of a row may be a fraction among percents; null: it is like the others. */
  doubt(row: CsvRow): string | null;
  /** Assumptions that were made, as sentences. */
  readonly notes: readonly string[];
}

const WITH_COMMA = /^[+-]?\d{1,3},\d+$/;
const PERCENT_SIGN = /\s*%$/;

/**
 * Finds out how a column of accuracies is written: percent or fractions, with percent signs, with decimal commas. A number
 * such as 93,512 has a decimal comma if every number of the column is at most 100 in this reading and none has a point.
 */
export function accuracyCells(table: CsvTable, column: string): AccuracyCells {
  const cells = table.rows.map(({ cells: named }) => plain(named[column]));
  const commas = !table.decimalComma && readsAsDecimalCommas(cells);
  const read = (row: CsvRow): number | null => {
    const cell = plain(row.cells[column]);
    try {
      return numberOrNullIn(table, row, column, commas ? cell.replace(',', '.') : cell);
    } catch {
      // The cell as it stands there, sign and all.
      throw cellError(
        table,
        row,
        column,
        row.cells[column],
        'an accuracy is needed, or nothing where there is none',
      );
    }
  };
  const given = table.rows.flatMap((row) => {
    const value = valueOrNull(() => read(row));
    return value === null ? [] : [{ row, value }];
  });
  const isSigned = ({ cells: named }: CsvRow) => PERCENT_SIGN.test(named[column] ?? '');
  const scale = scaleOf(
    given.map(({ value }) => value),
    table.rows.some(isSigned),
  );
  const isLow = (row: CsvRow, value: number | null) =>
    value !== null && value > 0 && value <= 1 && !isSigned(row);
  const low = given.flatMap(({ row, value }) => (isLow(row, value) ? [value] : []));
  const mixed =
    scale === 'percent' && low.length < given.length && areMany(low, given.length)
      ? `${low.length} of ${given.length} values are at most 1, the others above; are they fractions among percents?`
      : null;
  const notes = [
    ...(commas || table.decimalComma ? [`${column}: the comma is read as the decimal sign`] : []),
    ...(scale === 'fraction'
      ? [`${column}: no value is above 1: they are read as fractions and shown in percent`]
      : []),
    ...(scale === 'other'
      ? [`${column}: not all values are from 0 to 100: they are taken as they are, higher is better`]
      : []),
    ...(mixed === null ? [] : [`${column}: ${mixed}`]),
  ];
  return {
    column,
    scale,
    notes,
    doubt: (row) => (mixed !== null && isLow(row, read(row)) ? mixed : null),
    value(row) {
      const value = read(row);
      return value === null || scale !== 'fraction' ? value : inPercent(value);
    },
  };
}

/** How the cells of a column of latencies are read: ms above 0, as they stand there. */
export function latencyCells(table: CsvTable, column: string): AccuracyCells {
  return {
    column,
    scale: 'other',
    notes: table.decimalComma ? [`${column}: the comma is read as the decimal sign`] : [],
    doubt: () => null,
    value(row) {
      const ms = numberOrNullIn(table, row, column);
      if (ms === null || ms > 0) return ms;
      throw cellError(table, row, column, row.cells[column], 'a latency in ms, above 0');
    },
  };
}

function plain(cell: string | undefined): string {
  return (cell ?? '').trim().replace(PERCENT_SIGN, '');
}

function valueOrNull(read: () => number | null): number | null {
  try {
    return read();
  } catch {
    // Told when the row itself is read.
    return null;
  }
}

function readsAsDecimalCommas(cells: readonly string[]): boolean {
  const given = cells.filter((cell) => !isMissing(cell));
  return (
    given.some((cell) => WITH_COMMA.test(cell)) &&
    given.every((cell) => !cell.includes('.') && !(Number(cell.replace(',', '.')) > 100))
  );
}

/** Shares of a column of percents from which values of at most 1 are doubtful: different ones, and equal ones. */
const DIFFERENT_LOW = 0.01;
const EQUAL_LOW = 0.1;

/**
 * Whether so many values of a column are at most 1 that they may be fractions. Networks that have learnt nothing are no
 * reason: they have the accuracy of guessing, 1 % of 100 classes, as 2 % of NAS-Bench-201 have.
 */
function areMany(low: readonly number[], all: number): boolean {
  const different = new Set(low).size;
  return low.length >= 2 && (low.length >= all * EQUAL_LOW || different >= Math.max(2, all * DIFFERENT_LOW));
}

/** @param signed some have a percent sign */
function scaleOf(values: readonly number[], signed: boolean): AccuracyScale {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (values.length > 0 && (least < 0 || most > 100)) return 'other';
  return most <= 1 && most > 0 && !signed ? 'fraction' : 'percent';
}

/** Without the last digits that multiplying adds: 0.9437 is 94.37. */
function inPercent(fraction: number): number {
  return Number((fraction * 100).toPrecision(15));
}
