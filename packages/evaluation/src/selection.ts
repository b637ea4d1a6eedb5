import { mean } from '@tenas/base';

/** Items from the best score to the worst, those of equal scores in one group: no score says which to take first. */
export type TieGroups = readonly (readonly number[])[];

/** Groups of equal scores, best first. */
export function tieGroups(scores: ArrayLike<number>, better: 'lower' | 'higher'): TieGroups {
  const sign = better === 'lower' ? 1 : -1;
  const order = Array.from({ length: scores.length }, (_, item) => item).sort((a, b) =>
    scores[a] === scores[b] ? a - b : sign * (scores[a]! < scores[b]! ? -1 : 1),
  );
  const groups: number[][] = [];
  for (const item of order) {
    const last = groups.at(-1);
    if (last !== undefined && scores[last[0]!] === scores[item]) last.push(item);
    else groups.push([item]);
  }
  return groups;
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

/** Expected maximum of `draws` different items of `values`, drawn at random. */
function expectedMaximum(values: readonly number[], draws: number): number {
  const sorted = values.toSorted((a, b) => b - a);
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

/** {@link TopK} for every k that is no more than there are items. */
export function topK(groups: TieGroups, accuracy: ArrayLike<number>, ks: readonly number[]): TopK[] {
  const items = groups.flat();
  const overall = items.reduce((best, item) => Math.max(best, accuracy[item]!), Number.NEGATIVE_INFINITY);
  return ks
    .filter((k) => k <= items.length)
    .map((k) => {
      let taken = 0;
      let sum = 0;
      let best = Number.NEGATIVE_INFINITY;
      for (const group of groups) {
        const values = group.map((item) => accuracy[item]!);
        const left = k - taken;
        if (left === 0) break;
        const some = Math.min(left, values.length);
        sum += some * mean(values);
        if (some === values.length) best = values.reduce((a, b) => Math.max(a, b), best);
        else
          best = expectedMaximum(
            values.map((value) => Math.max(value, best)),
            some,
          );
        taken += some;
      }
      return { k, best, regret: overall - best, mean: sum / k };
    });
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
  const items = groups.flat();
  const all = items.map((item) => accuracy[item]!);
  return ns
    .filter((n) => n <= items.length)
    .map((n) => {
      let expected = 0;
      let missed = 1;
      let left = items.length;
      for (const group of groups) {
        // Chance that a sample of n of the items left has none of this group.
        let none = 1;
        for (let place = 0; place < group.length; place++) none *= Math.max(0, 1 - n / (left - place));
        expected += missed * (1 - none) * mean(group.map((item) => accuracy[item]!));
        missed *= none;
        left -= group.length;
        if (missed === 0) break;
      }
      return { n, accuracy: expected, perfect: expectedMaximum(all, n) };
    });
}
