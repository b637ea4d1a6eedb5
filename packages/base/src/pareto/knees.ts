import { mean } from '../statistics.js';

/** Points within this share of the range of every objective are neighbours. */
const NEIGHBOURHOOD = 0.25;

/**
 * The knees of a front: places where it bulges towards the best of all objectives, so that a small gain in one objective
 * would cost much in another. Values of the front become 0 (best) to 1 (worst) by objective. The ends of a front are the
 * points that are best in an objective. A knee is no end, has a lower sum of values than the ends have on average, and no
 * higher sum than any neighbour that is no end. Neighbours are within a quarter of the range of every objective. With two
 * objectives, the first knee is the point farthest below the line through the ends (Das, Structural Optimization 18 (1999)
 * 107-115).
 *
 * @param front points of which none dominates another, all objectives minimised
 * @returns places, the lowest sum first; none where the front does not bulge
 */
export function kneesOf(front: readonly (readonly number[])[]): number[] {
  const first = front[0];
  if (first === undefined) return [];
  const lows = first.map((_, objective) => Math.min(...front.map((point) => point[objective]!)));
  const highs = first.map((_, objective) => Math.max(...front.map((point) => point[objective]!)));
  const scaled = front.map((point) =>
    point.map((value, objective) => {
      const range = highs[objective]! - lows[objective]!;
      return range === 0 ? 0 : (value - lows[objective]!) / range;
    }),
  );
  const varied = first.flatMap((_, objective) => (highs[objective] === lows[objective] ? [] : [objective]));
  const sums = scaled.map((point) => point.reduce((sum, value) => sum + value, 0));
  const isEnd = scaled.map((point) => varied.some((objective) => point[objective] === 0));
  const inner = [...front.keys()].filter((place) => !isEnd[place]);
  // On the line through the ends of a front of two objectives, the sum is 1.
  const straight = mean(sums.filter((_, place) => isEnd[place]));
  const isNear = (one: number, other: number): boolean =>
    scaled[one]!.every((value, at) => Math.abs(value - scaled[other]![at]!) <= NEIGHBOURHOOD);
  const isBelow = (one: number, other: number): boolean =>
    sums[one]! < sums[other]! || (sums[one] === sums[other] && one <= other);
  return inner
    .filter((place) => sums[place]! < straight)
    .filter((place) => inner.every((other) => !isNear(place, other) || isBelow(place, other)))
    .sort((a, b) => sums[a]! - sums[b]! || a - b);
}
