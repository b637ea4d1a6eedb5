/**
 * Values as an order: places of the items from worst to best, and which of them are equal. Resampling changes how often
 * an item counts, never where it stands, so the order is found once.
 */
export interface Ordering {
  /** Number of each item's group of equal values: 0 is the lowest. */
  readonly group: Int32Array;
  readonly groups: number;
}

/** Orders values, equal ones together. Infinities are values like any other. @throws RangeError for NaN */
export function orderingOf(values: ArrayLike<number>): Ordering {
  const order = Array.from({ length: values.length }, (_, item) => item);
  for (const item of order) {
    if (Number.isNaN(values[item]))
      throw new RangeError(`value ${item} is NaN, which has no place in an order`);
  }
  order.sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0));
  const group = new Int32Array(values.length);
  let groups = 0;
  for (const [place, item] of order.entries()) {
    if (place > 0 && values[item] !== values[order[place - 1]!]) groups++;
    group[item] = groups;
  }
  return { group, groups: values.length === 0 ? 0 : groups + 1 };
}

/** How often the items of each group count in all. */
export function groupWeights({ group, groups }: Ordering, weights: Int32Array): Float64Array {
  const sums = new Float64Array(groups);
  for (let item = 0; item < group.length; item++) sums[group[item]!]! += weights[item]!;
  return sums;
}

/** Rank of each group from 1 for the lowest, equal values sharing their mean rank, where items count `weights` times. */
export function midRanks(ordering: Ordering, weights: Int32Array): Float64Array {
  const sums = groupWeights(ordering, weights);
  let below = 0;
  return sums.map((weight) => {
    const rank = below + (weight + 1) / 2;
    below += weight;
    return rank;
  });
}

/** Every item counts once. */
export function unitWeights(items: number): Int32Array {
  return new Int32Array(items).fill(1);
}

/** Ranks of values from the best, 1; equal values share their mean rank. */
export function ranksFromBest(values: ArrayLike<number>, better: 'lower' | 'higher'): Float64Array {
  const ordering = orderingOf(values);
  const ranks = midRanks(ordering, unitWeights(values.length));
  const turned = values.length + 1;
  return Float64Array.from(ordering.group, (group) =>
    better === 'lower' ? ranks[group]! : turned - ranks[group]!,
  );
}
