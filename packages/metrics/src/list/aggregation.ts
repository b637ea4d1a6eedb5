import { mean, median } from '@tenas/base';

/**
 * How the condition numbers of several repeats become one.
 * - `mean`: one near-zero smallest eigenvalue rules it; as the published code does.
 * - `median`: of an even number, the mean of the two in the middle.
 * - `log-mean`: exp(mean of log(min(kappa, cap))); it ranks NAS-Bench-201 best of the four.
 * - `min`: the smallest.
 */
export type Aggregation = 'mean' | 'median' | 'log-mean' | 'min';

/** All aggregations. */
export const AGGREGATIONS: readonly Aggregation[] = ['mean', 'median', 'log-mean', 'min'];

/** Where `log-mean` cuts condition numbers off: beyond it, single precision no longer tells them apart. */
export const CONDITION_NUMBER_CAP = 1e6;

/**
 * One condition number from those of several repeats. A repeat that has none (null) counts as infinite, in `log-mean` as
 * the cap: the result is `Infinity` for `mean` if any failed, for `median` if most did, for `min` if all did.
 *
 * @param repeats at least one
 * @param cap for `log-mean`, default {@link CONDITION_NUMBER_CAP}
 */
export function aggregateConditionNumbers(
  repeats: readonly (number | null)[],
  aggregation: Aggregation,
  cap: number = CONDITION_NUMBER_CAP,
): number {
  const values = repeats.map((repeat) => repeat ?? Number.POSITIVE_INFINITY);
  switch (aggregation) {
    case 'mean':
      return mean(values);
    case 'median':
      return median(values);
    case 'log-mean':
      return Math.exp(mean(values.map((value) => Math.log(Math.min(value, cap)))));
    case 'min':
      return Math.min(...values);
  }
}
