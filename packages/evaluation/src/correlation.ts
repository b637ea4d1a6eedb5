import { groupWeights, midRanks, type Ordering } from './ranks.js';

/** Two orders of the same items, prepared for {@link kendallTauB} and {@link spearmanRho}. */
export interface OrderedPair {
  readonly x: Ordering;
  readonly y: Ordering;
  /** Items sorted by x, equal x by y. */
  readonly order: Int32Array;
}

/** Prepares two orders of the same items. */
export function orderedPair(x: Ordering, y: Ordering): OrderedPair {
  const items = Int32Array.from({ length: x.group.length }, (_, item) => item);
  return { x, y, order: sortedBy(x, sortedBy(y, items)) };
}

/** Items sorted by their groups; those of one group keep their order. A counting sort. */
function sortedBy({ group, groups }: Ordering, items: Int32Array): Int32Array {
  const next = new Int32Array(groups + 1);
  for (const item of items) next[group[item]! + 1]!++;
  for (let place = 1; place <= groups; place++) next[place]! += next[place - 1]!;
  const sorted = new Int32Array(items.length);
  for (const item of items) sorted[next[group[item]!]!++] = item;
  return sorted;
}

function pairs(count: number): number {
  return (count * (count - 1)) / 2;
}

/** Pairs of items that have equal values. */
export function tiedPairs(ordering: Ordering, weights: Int32Array): number {
  return groupWeights(ordering, weights).reduce((sum, weight) => sum + pairs(weight), 0);
}

/**
 * Kendall's tau-b of two orders where item i counts `weights[i]` times, as if it stood there so often: concordant less
 * discordant pairs over the geometric mean of the pairs untied in x and of those untied in y (Kendall 1945). In
 * O(n log n), counting the discordant pairs while items are inserted in the order of x into a binary indexed tree over
 * y (after Knight 1966). null where all values of one side are equal.
 */
export function kendallTauB({ x, y, order }: OrderedPair, weights: Int32Array): number | null {
  const tree = new Float64Array(y.groups + 1);
  let total = 0;
  let discordant = 0;
  let tiedBoth = 0;
  let at = 0;
  while (at < order.length) {
    // Items of equal x are no pairs of either kind: count all of them against the tree before any is inserted.
    let end = at;
    while (end < order.length && x.group[order[end]!] === x.group[order[at]!]) end++;
    let both = 0;
    for (let place = at; place < end; place++) {
      const item = order[place]!;
      const weight = weights[item]!;
      const next = place + 1 < end ? order[place + 1]! : -1;
      both += weight;
      if (next < 0 || y.group[next] !== y.group[item]) {
        tiedBoth += pairs(both);
        both = 0;
      }
      if (weight === 0) continue;
      let notAbove = 0;
      for (let node = y.group[item]! + 1; node > 0; node -= node & -node) notAbove += tree[node]!;
      discordant += weight * (total - notAbove);
    }
    for (let place = at; place < end; place++) {
      const item = order[place]!;
      const weight = weights[item]!;
      if (weight === 0) continue;
      for (let node = y.group[item]! + 1; node <= y.groups; node += node & -node) tree[node]! += weight;
      total += weight;
    }
    at = end;
  }
  const all = pairs(total);
  const tiedX = tiedPairs(x, weights);
  const tiedY = tiedPairs(y, weights);
  if (all === tiedX || all === tiedY) return null;
  const concordantLessDiscordant = all - tiedX - tiedY + tiedBoth - 2 * discordant;
  // Two roots: the product of both numbers of pairs would leave the exact integers.
  return clamp(concordantLessDiscordant / Math.sqrt(all - tiedX) / Math.sqrt(all - tiedY));
}

/**
 * Spearman's rho: the correlation of the ranks, equal values sharing their mean rank. null where all values of
 * one side are equal.
 */
export function spearmanRho({ x, y }: OrderedPair, weights: Int32Array): number | null {
  const xRanks = midRanks(x, weights);
  const yRanks = midRanks(y, weights);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (total + 1) / 2;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let item = 0; item < weights.length; item++) {
    const weight = weights[item]!;
    if (weight === 0) continue;
    const dx = xRanks[x.group[item]!]! - mean;
    const dy = yRanks[y.group[item]!]! - mean;
    xx += weight * dx * dx;
    yy += weight * dy * dy;
    xy += weight * dx * dy;
  }
  return xx === 0 || yy === 0 ? null : clamp(xy / Math.sqrt(xx) / Math.sqrt(yy));
}

/** Rounding may step over the ends. */
function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value));
}
