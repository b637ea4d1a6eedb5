/** What repeated measurements of one thing say. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  /** Nine in ten are above it. */
  readonly p10: number;
  readonly median: number;
  /** Nine in ten are below it. */
  readonly p90: number;
}

/** The value below which a share of the samples lies, between two samples by linear interpolation. `sorted` ascends. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below];
  if (low === undefined) return Number.NaN;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}

/** Median and spread; all NaN without samples. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    count: sorted.length,
    min: sorted[0] ?? Number.NaN,
    p10: quantile(sorted, 0.1),
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
  };
}
