import { midRanks, type Ordering, unitWeights } from './ranks.js';

/** Less than this is left of a variance where rounding alone is left. */
const NOTHING = 1e-9;

/** Ranks of the items about their mean. */
function centredRanks(ordering: Ordering): Float64Array {
  const items = ordering.group.length;
  const ranks = midRanks(ordering, unitWeights(items));
  return Float64Array.from(ordering.group, (group) => ranks[group]! - (items + 1) / 2);
}

function product(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, item) => sum + value * b[item]!, 0);
}

/** A vector less its parts along vectors that are at right angles; null where nothing is left of it. */
function residual(vector: Float64Array, basis: readonly Float64Array[]): Float64Array | null {
  let left = vector;
  for (const direction of basis) {
    const share = product(left, direction) / product(direction, direction);
    left = left.map((value, item) => value - share * direction[item]!);
  }
  return product(left, left) > NOTHING * product(vector, vector) ? left : null;
}

/**
 * Partial Spearman correlation: the ranks of x and of y are each regressed on the ranks of the controls, by least squares
 * with a constant; the correlation of what is left (Kendall and Stuart, The Advanced Theory of Statistics 2, 27). null
 * where the controls leave nothing of a side, as of a control itself. A control that follows from the others, or has one
 * value, changes nothing.
 */
export function partialSpearman(x: Ordering, y: Ordering, controls: readonly Ordering[]): number | null {
  const basis: Float64Array[] = [];
  for (const control of controls) {
    const direction = residual(centredRanks(control), basis);
    if (direction !== null) basis.push(direction);
  }
  const [ofX, ofY] = [residual(centredRanks(x), basis), residual(centredRanks(y), basis)];
  if (ofX === null || ofY === null) return null;
  return clamp(product(ofX, ofY) / Math.sqrt(product(ofX, ofX) * product(ofY, ofY)));
}

/**
 * Partial correlation of the first two of some variables given the others, from their correlations with each other: one
 * control after the other is taken out by r(x,y|z) = (r(x,y) - r(x,z) r(y,z)) / sqrt((1 - r(x,z)^2) (1 - r(y,z)^2)). Of
 * Kendall's tau this is his partial tau (Biometrika 1942). null where a correlation is not defined, or a control says all
 * about a side. A control that another one says all about changes nothing.
 * @param correlations [variables][variables]
 */
export function partialOf(correlations: readonly (readonly (number | null)[])[]): number | null {
  let table = correlations;
  while (table.length > 2) {
    const last = table.length - 1;
    const column = table.map((row) => row[last]!);
    const left = column.map((value) => (value === null ? null : 1 - value * value));
    table = table.slice(0, last).flatMap((row, a) => {
      if (a > 1 && !isSome(left[a])) return [];
      return [
        row.slice(0, last).flatMap((value, b) => {
          if (b > 1 && !isSome(left[b])) return [];
          if (a === b) return [1];
          if (value === null || !isSome(left[a]) || !isSome(left[b])) return [null];
          return [(value - column[a]! * column[b]!) / Math.sqrt(left[a] * left[b])];
        }),
      ];
    });
  }
  const value = table[0]?.[1] ?? null;
  return value === null ? null : clamp(value);
}

function isSome(left: number | null | undefined): left is number {
  return typeof left === 'number' && left > NOTHING;
}

function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value));
}
