import type { TieGroups } from './selection.js';

/** Gains of items, the best of them near 1, and how they sum up in the best order. */
export interface Gains {
  /** (2^accuracy - 1) / 2^best. */
  readonly of: Float64Array;
  /** The largest first. */
  readonly falling: Float64Array;
}

/**
 * The gain 2^accuracy - 1 of every item (Burges et al., ICML 2005), as VKDNW's code has it with accuracies in percent: a
 * point more counts twice. Divided by 2^best, so that no power overflows; quotients of sums stay as they are. null where an
 * accuracy is negative, for gains are not.
 */
export function gainsOf(accuracy: Float64Array): Gains | null {
  if (accuracy.some((value) => value < 0)) return null;
  const best = accuracy.reduce((a, b) => Math.max(a, b), 0);
  const of = accuracy.map((value) => 2 ** (value - best) - 2 ** -best);
  return { of, falling: of.toSorted().reverse() };
}

/**
 * Normalised discounted cumulative gain at k (Järvelin and Kekäläinen, TOIS 2002): the gains of the k best-ranked, each
 * over log2(place + 1), over the largest sum that any order has. Items of equal scores share their mean gain, as in
 * sklearn's `ndcg_score`; with its `ignore_ties`, as in VKDNW's code, their order in the file decides, and without ties
 * both are the same. null where no item has a gain.
 */
export function ndcg(groups: TieGroups, { of, falling }: Gains, k: number): number | null {
  let sum = 0;
  let place = 0;
  for (const group of groups) {
    if (place >= k) break;
    const gain = group.reduce((total, item) => total + of[item]!, 0) / group.length;
    const end = Math.min(k, place + group.length);
    for (; place < end; place++) sum += gain * discount(place);
  }
  const ideal = falling.subarray(0, k).reduce((total, gain, at) => total + gain * discount(at), 0);
  return ideal > 0 ? sum / ideal : null;
}

/** @param place from 0 */
function discount(place: number): number {
  return 1 / Math.log2(place + 2);
}
