/** The result of a Mann-Whitney test of two samples. */
export interface RankTest {
  /** Pairs of one value of each sample in which that of the first is larger; equal ones count half. */
  readonly u: number;
  /** Probability of such a `u` or a larger one where both samples are of one distribution: the first is not larger. */
  readonly greater: number;
  /** Probability of such a `u` or a smaller one. */
  readonly less: number;
  /** Probability of a `u` at least as far from its mean, on either side. */
  readonly twoSided: number;
}

/** Values of both samples together up to which probabilities are exact: beyond, the normal approximation is close. */
const MOST_EXACT = 40;

/**
 * The test of Mann and Whitney (1947), or rank sum test of Wilcoxon, of two samples of at least one value each: whether the
 * values of one tend to be larger than those of the other. Equal values share the mean of their ranks. Up to 40 values in
 * all, probabilities are exact, also with ties: over all ways to deal the values to the two samples. Beyond, they are
 * those of the normal distribution, corrected for ties and continuity.
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankTest {
  const ranks = doubledRanks([...first, ...second]);
  const sum = ranks.slice(0, first.length).reduce((total, rank) => total + rank, 0);
  const u = (sum - first.length * (first.length + 1)) / 2;
  const { greater, less } =
    ranks.length <= MOST_EXACT ? exact(ranks, first.length, sum) : approximate(ranks, first.length, u);
  return { u, greater, less, twoSided: Math.min(1, 2 * Math.min(greater, less)) };
}

/** Twice the rank of each value, from 1 for the smallest, so that means of two ranks are whole numbers. */
function doubledRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => (a === b ? 0 : a - b));
  return values.map((value) => sorted.indexOf(value) + sorted.lastIndexOf(value) + 2);
}

/** Counts the ways to choose so many of the ranks, by their sum. */
function exact(ranks: readonly number[], chosen: number, observed: number) {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const ways = Array.from({ length: chosen + 1 }, () => new Float64Array(total + 1));
  ways[0]![0] = 1;
  for (const rank of ranks) {
    for (let count = chosen; count > 0; count--) {
      const [more, fewer] = [ways[count]!, ways[count - 1]!];
      for (let sum = total; sum >= rank; sum--) more[sum]! += fewer[sum - rank]!;
    }
  }
  const bySum = ways[chosen]!;
  const all = bySum.reduce((sum, count) => sum + count, 0);
  const sumOf = (some: Float64Array) => some.reduce((sum, count) => sum + count, 0);
  return {
    greater: sumOf(bySum.subarray(observed)) / all,
    less: sumOf(bySum.subarray(0, observed + 1)) / all,
  };
}

function approximate(ranks: readonly number[], m: number, u: number) {
  const all = ranks.length;
  const n = all - m;
  const counts = new Map<number, number>();
  for (const rank of ranks) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
  const deviation = Math.sqrt(((m * n) / 12) * (all + 1 - ties / (all * (all - 1))));
  if (deviation === 0) return { greater: 1, less: 1 };
  const above = (value: number) => upperTail((value - 0.5 - (m * n) / 2) / deviation);
  return { greater: above(u), less: above(m * n - u) };
}

/** Probability that a standard normal variable is larger; Abramowitz and Stegun 7.1.26, to within 1e-7. */
export function upperTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const coefficients = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const polynomial = coefficients.reduce((sum, coefficient) => (sum + coefficient) * t, 0);
  const tail = (polynomial * Math.exp(-x * x)) / 2;
  return z >= 0 ? tail : 1 - tail;
}
