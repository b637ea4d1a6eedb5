import { type Ordering, orderingOf } from './ranks.js';

/** Items from the best score to the worst, those of equal scores in one group: no score says which to take first. */
export type TieGroups = readonly (readonly number[])[];

/** Groups of equal scores, best first. */
export function tieGroups(scores: ArrayLike<number>, better: 'lower' | 'higher'): TieGroups {
  const groups = groupsFromBest(orderingOf(scores));
  return better === 'lower' ? groups.toReversed() : groups;
}

/** Groups of equal values, the highest first. */
export function groupsFromBest({ group, groups }: Ordering): number[][] {
  const found = Array.from({ length: groups }, (): number[] => []);
  for (let item = 0; item < group.length; item++) found[groups - 1 - group[item]!]!.push(item);
  return found;
}

/** Result of training the k architectures with the best scores. */
export interface TopK {
  readonly k: number;
  /** Best accuracy among them; where a tie crosses k, its expectation over the order of the tied. */
  readonly best: number;
  /** Best accuracy of all, less `best`. */
  readonly regret: number;
  /** Mean accuracy of the k; in a tie, its expectation. */
  readonly mean: number;
}

/** Expected maximum of `draws` different ones of some values, drawn at random. @param sorted the largest first */
function expectedMaximum(sorted: ArrayLike<number>, draws: number): number {
  let sum = 0;
  // Chance that the items up to here are all missed.
  let missed = 1;
  for (let place = 0; place < sorted.length; place++) {
    const hit = draws / (sorted.length - place);
    if (hit >= 1) return sum + missed * sorted[place]!;
    sum += missed * hit * sorted[place]!;
    missed *= 1 - hit;
  }
  return sum;
}

/** Mean of some items of `values`. */
function meanOf(group: readonly number[], values: ArrayLike<number>): number {
  let sum = 0;
  for (const item of group) sum += values[item]!;
  return sum / group.length;
}

/** The largest of some items of `values`. */
function largestOf(group: readonly number[], values: ArrayLike<number>): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const item of group) largest = Math.max(largest, values[item]!);
  return largest;
}

/** The largest first. */
function fallingValues(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort().reverse();
}

/** {@link TopK} for every k that is no more than there are items. @param ks ascending */
export function topK(groups: TieGroups, accuracy: ArrayLike<number>, ks: readonly number[]): TopK[] {
  const found: Omit<TopK, 'regret'>[] = [];
  let next = 0;
  let taken = 0;
  let sum = 0;
  let best = Number.NEGATIVE_INFINITY;
  for (const group of groups) {
    const average = meanOf(group, accuracy);
    const end = taken + group.length;
    if (next < ks.length && ks[next]! < end) {
      const reached = fallingValues(group.map((item) => Math.max(accuracy[item]!, best)));
      for (; next < ks.length && ks[next]! < end; next++) {
        const k = ks[next]!;
        const some = k - taken;
        found.push({ k, best: expectedMaximum(reached, some), mean: (sum + some * average) / k });
      }
    }
    best = Math.max(best, largestOf(group, accuracy));
    sum += group.length * average;
    taken = end;
    if (ks[next] === end) {
      found.push({ k: end, best, mean: sum / end });
      next++;
    }
  }
  return found.map(({ k, best: reached, mean: average }) => ({
    k,
    best: reached,
    // Rounding may step over the end.
    regret: Math.max(0, best - reached),
    mean: average,
  }));
}

/** Points of a curve per factor of ten. */
const PER_DECADE = 10;

/** What training the k best-ranked misses, see {@link TopK}, at about ten k for each factor of ten, up to all items. */
export function regretCurve(
  groups: TieGroups,
  accuracy: ArrayLike<number>,
): { readonly k: number; readonly regret: number }[] {
  const items = accuracy.length;
  const steps = Math.floor(PER_DECADE * Math.log10(items));
  const spaced = Array.from({ length: steps + 1 }, (_, step) => Math.round(10 ** (step / PER_DECADE)));
  const ks = [...new Set([...spaced, items])];
  return topK(groups, accuracy, ks).map(({ k, regret }) => ({ k, regret }));
}

/** Result of scoring so many random architectures and training the one with the best score. */
export interface ExpectedBest {
  readonly n: number;
  /** Expected accuracy of the one that the score picks. */
  readonly accuracy: number;
  /** Expected accuracy of the best among them, which a perfect score would pick. */
  readonly perfect: number;
}

/**
 * {@link ExpectedBest} for every n that is no more than there are items: exact expectations over samples without
 * repetition and over the order of equal scores.
 */
export function expectedBest(
  groups: TieGroups,
  accuracy: ArrayLike<number>,
  ns: readonly number[],
): ExpectedBest[] {
  const items = groups.reduce((sum, group) => sum + group.length, 0);
  const means = groups.map((group) => meanOf(group, accuracy));
  const all = fallingValues(accuracy);
  return ns
    .filter((n) => n <= items)
    .map((n) => {
      let expected = 0;
      let missed = 1;
      let left = items;
      for (const [index, group] of groups.entries()) {
        // Chance that a sample of n of the items left has none of this group.
        let none = 1;
        for (let place = 0; place < group.length; place++) none *= Math.max(0, 1 - n / (left - place));
        expected += missed * (1 - none) * means[index]!;
        missed *= none;
        left -= group.length;
        if (missed === 0) break;
      }
      return { n, accuracy: expected, perfect: expectedMaximum(all, n) };
    });
}
