import { type CsvRow, type CsvTable, cellError, isMissing, numberOrNullIn } from '@tenas/records';

/** What the numbers of a column of accuracies are: percent, fractions of 1, or something else of which more is better. */
export type AccuracyScale = 'percent' | 'fraction' | 'other';

/** How the cells of a column of accuracies are read. */
export interface AccuracyCells {
  readonly column: string;
  readonly scale: AccuracyScale;
  /** The accuracy of a row, fractions in percent; null: there is none. @throws TenasError `CSV_INVALID` */
  value(row: CsvRow): number | null;
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
  const values = table.rows.flatMap((row) => {
    const value = valueOrNull(() => read(row));
    return value === null ? [] : [value];
  });
  const signed = table.rows.some(({ cells: named }) => PERCENT_SIGN.test(named[column] ?? ''));
  const scale = scaleOf(values, signed);
  const notes = [
    ...(commas || table.decimalComma ? [`${column}: the comma is read as the decimal sign`] : []),
    ...(scale === 'fraction'
      ? [`${column}: no value is above 1: they are read as fractions and shown in percent`]
      : []),
    ...(scale === 'other'
      ? [`${column}: not all values are from 0 to 100: they are taken as they are, higher is better`]
      : []),
  ];
  return {
    column,
    scale,
    notes,
    value(row) {
      const value = read(row);
      return value === null || scale !== 'fraction' ? value : inPercent(value);
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
