/** Mean of at least one value. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Median of at least one value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[middle - 1] ?? Number.NaN;
  // Two equal infinities have no mean by arithmetic.
  return sorted.length % 2 === 1 || lower === upper ? upper : (lower + upper) / 2;
}

/** Standard deviation of a sample, over n - 1; NaN of fewer than two values. */
export function sampleStandardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/**
 * The value below which a share of the samples lies, between two samples by linear interpolation: definition 7 of Hyndman
 * and Fan (1996), as NumPy and R have it by default.
 *
 * @param sorted ascending; the quantile of no samples is NaN
 * @param share from 0 to 1
 */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below];
  if (low === undefined) return Number.NaN;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}

/** Summary of repeated measurements. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  /** Nine in ten are above it. */
  readonly p10: number;
  readonly median: number;
  /** Nine in ten are below it. */
  readonly p90: number;
}

/** Median and spread; all NaN without samples. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    min: sorted[0] ?? Number.NaN,
    p10: quantile(sorted, 0.1),
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
  };
}
