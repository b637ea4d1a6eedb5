import { quantile, RandomStream } from '@tenas/base';

/** A statistic with the ends of its confidence interval; null where it is not defined. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Correlations of fewer items say nothing. */
export const FEWEST = 10;

/** How often resamples count each item. */
export type Resamples = readonly Int32Array[];

/** Bootstrap resamples of so many items: each draws as many items as there are, with replacement (Efron 1979). */
export function resamples(items: number, count: number, ...stream: readonly (number | string)[]): Resamples {
  const random = new RandomStream('bootstrap', ...stream, items);
  return Array.from({ length: count }, () => {
    const weights = new Int32Array(items);
    for (let draw = 0; draw < items; draw++) weights[random.below(items)]!++;
    return weights;
  });
}

/**
 * A statistic with the percentile interval of its bootstrap distribution; none of fewer than ten items. Resamples in which it is not defined (all
 * values equal) are left out; without any left there is no interval.
 *
 * @param statistic of items that count so often each
 * @param weights every item once
 * @param confidence e.g. 0.95
 */
export function bootstrapped(
  statistic: (weights: Int32Array) => number | null,
  weights: Int32Array,
  drawn: Resamples,
  confidence: number,
): Estimate {
  const value = weights.length < FEWEST ? null : statistic(weights);
  if (value === null) return { value, low: null, high: null };
  const values = drawn
    .map(statistic)
    .filter((one) => one !== null)
    .sort((a, b) => a - b);
  if (values.length === 0) return { value, low: null, high: null };
  const tail = (1 - confidence) / 2;
  return { value, low: quantile(values, tail), high: quantile(values, 1 - tail) };
}
