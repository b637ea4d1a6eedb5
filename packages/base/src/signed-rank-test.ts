import { midRanks } from './rank-correlation.js';
import { upperTail } from './rank-test.js';

/** Differences up to which probabilities are exact: beyond, the normal approximation is close. */
const MOST_EXACT = 50;

/** The result of a signed-rank test of paired differences. */
export interface SignedRankTest {
  /** Sum of the ranks of the positive differences, by their size; that of differences of 0 is left out. */
  readonly w: number;
  /** Differences that are not 0. */
  readonly count: number;
  /** Probability of a `w` at least as far from its mean where the differences lie symmetrically around 0. 1 without any. */
  readonly twoSided: number;
}

/**
 * The signed-rank test of Wilcoxon (1945) of paired differences: whether they lie around 0. Differences of 0 are left out, and
 * equal sizes share the mean of their ranks. Up to 50 differences, probabilities are exact, also with ties: over all ways to
 * deal the signs. Beyond, they are those of the normal distribution, corrected for ties and continuity.
 * @param differences finite numbers
 */
export function wilcoxonSignedRank(differences: readonly number[]): SignedRankTest {
  const present = differences.filter((difference) => difference !== 0);
  const ranks = midRanks(present.map(Math.abs));
  const w = ranks.reduce((sum, rank, item) => sum + (present[item]! > 0 ? rank : 0), 0);
  const count = present.length;
  const twoSided = count <= MOST_EXACT ? exact(ranks, w) : approximate(ranks, w);
  return { w, count, twoSided };
}

/** Counts the ways to deal the signs, by twice the sum of the positive ranks: then means of two ranks are whole numbers. */
function exact(ranks: Float64Array, w: number): number {
  const doubled = ranks.map((rank) => 2 * rank);
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  for (const rank of doubled) for (let sum = total; sum >= rank; sum--) ways[sum]! += ways[sum - rank]!;
  const sumOf = (some: Float64Array) => some.reduce((sum, count) => sum + count, 0);
  const tail = Math.min(sumOf(ways.subarray(2 * w)), sumOf(ways.subarray(0, 2 * w + 1)));
  return Math.min(1, (2 * tail) / 2 ** ranks.length);
}

function approximate(ranks: Float64Array, w: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0)) / 2;
  return Math.min(1, 2 * upperTail(Math.max(0, Math.abs(w - total / 2) - 0.5) / deviation));
}
