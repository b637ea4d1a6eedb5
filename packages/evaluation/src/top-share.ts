import type { TieGroups } from './selection.js';

/** For each item the chance that it is among the `count` first ones, where the order of equal items is random. */
export function topShare(groups: TieGroups, count: number): Float64Array {
  const share = new Float64Array(groups.reduce((sum, group) => sum + group.length, 0));
  let left = count;
  for (const group of groups) {
    if (left <= 0) break;
    const chance = Math.min(1, left / group.length);
    for (const item of group) share[item] = chance;
    left -= group.length;
  }
  return share;
}

/** Items of the first groups that hold `count` items together: a group that crosses the border is in with all its items. */
export function wholeTop(groups: TieGroups, count: number): number[] {
  const items: number[] = [];
  for (const group of groups) {
    if (items.length >= count) break;
    items.push(...group);
  }
  return items;
}

/** How many items a share of all is. */
export function countIn(share: number, items: number): number {
  return Math.round(share * items);
}

/** Precision of the top: which share of a metric's best is among the best by accuracy. */
export interface TopPrecision {
  readonly fraction: number;
  /** How many the fraction is. */
  readonly architectures: number;
  /** null: the fraction is none. */
  readonly value: number | null;
}

/** {@link TopPrecision} of some fractions; of ties across the border the expectation over their order. */
export function topPrecision(
  ranked: TieGroups,
  byAccuracy: TieGroups,
  fractions: readonly number[],
): TopPrecision[] {
  const items = byAccuracy.reduce((sum, group) => sum + group.length, 0);
  return fractions.map((fraction) => {
    const architectures = countIn(fraction, items);
    if (architectures === 0) return { fraction, architectures, value: null };
    const best = topShare(byAccuracy, architectures);
    const hits = topShare(ranked, architectures).reduce((sum, share, item) => sum + share * best[item]!, 0);
    return { fraction, architectures, value: hits / architectures };
  });
}
