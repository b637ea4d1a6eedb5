import { midRanks } from '@tenas/base';

/** A value to rank by of each of some columns; what has none is not a number. */
export type RankedValues = readonly unknown[];

/**
 * The sum of the ranks of each of some items by all columns, the lower the better: ranks are from 1 for the best, and equal values
 * share their mean rank. An item without a value by some column has no sum, and does not count for the ranks of others.
 */
export function rankSums<K>(
  items: ReadonlyMap<K, RankedValues>,
  betters: readonly ('lower' | 'higher')[],
): ReadonlyMap<K, number> {
  const whole = [...items].filter(([, values]) =>
    values.every((value) => typeof value === 'number' && Number.isFinite(value)),
  );
  const sums = new Float64Array(whole.length);
  for (const [column, better] of betters.entries()) {
    const sign = better === 'lower' ? 1 : -1;
    const ranks = midRanks(whole.map(([, values]) => sign * (values[column] as number)));
    for (const [item, rank] of ranks.entries()) sums[item]! += rank;
  }
  return new Map(whole.map(([key], item) => [key, sums[item]!]));
}
