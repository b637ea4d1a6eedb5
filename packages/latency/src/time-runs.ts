import { checkInteger, quantile, settingError } from '@tenas/base';

/** Settings of {@link timeRuns}; everything may be left out. */
export interface TimingOptions {
  /**
   * Stops once the median is known this well: half of its 95 % confidence interval over the median. Default 0.02.
   */
  readonly relativeError?: number | undefined;
  /** Runs that are timed at least. Default 20. */
  readonly minRuns?: number | undefined;
  /** Runs that are timed at most. Default 2,000. */
  readonly maxRuns?: number | undefined;
  /** Seconds of timed runs at most, unless `minRuns` need more. Default 10. */
  readonly maxSeconds?: number | undefined;
  /** Seconds of untimed runs before, at least 3 of them. Default 0.2. */
  readonly warmUpSeconds?: number | undefined;
  /** Stops between two runs; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since some moment. Default `performance.now`. */
  readonly clock?: (() => number) | undefined;
}

/** The time of a run, in ms. */
export interface Timing {
  readonly median: number;
  /** Nine runs in ten take longer. */
  readonly p10: number;
  /** One run in ten takes longer. */
  readonly p90: number;
  /** Runs that were timed. */
  readonly runs: number;
  /** Half of the median's 95 % confidence interval over the median. */
  readonly relativeError: number;
  /** Whether `relativeError` came down to what was asked for; otherwise the limit of runs or of time ended it. */
  readonly converged: boolean;
  /** Untimed runs before. */
  readonly warmUpRuns: number;
}

/** Defaults of {@link TimingOptions}. */
export const TIMING_DEFAULTS = {
  relativeError: 0.02,
  minRuns: 20,
  maxRuns: 2000,
  maxSeconds: 10,
  warmUpSeconds: 0.2,
} as const;

const LEAST_WARM_UP_RUNS = 3;

/**
 * Times a piece of work again and again until its median is known well enough. The confidence interval of the median is
 * that of order statistics: it needs no assumption about the distribution, but that runs do not depend on each other. On
 * a busy machine they do, and the interval is too narrow.
 *
 * @throws TenasError SETTING_INVALID naming the field; the signal's reason; what the work throws
 */
export async function timeRuns(run: () => Promise<unknown>, options: TimingOptions = {}): Promise<Timing> {
  const wanted = share('relativeError', options.relativeError ?? TIMING_DEFAULTS.relativeError);
  const minRuns = checkInteger('minRuns', options.minRuns ?? TIMING_DEFAULTS.minRuns, 2);
  const maxRuns = checkInteger('maxRuns', options.maxRuns ?? TIMING_DEFAULTS.maxRuns, minRuns);
  const { signal, clock = () => performance.now() } = options;
  const { maxSeconds = TIMING_DEFAULTS.maxSeconds, warmUpSeconds = TIMING_DEFAULTS.warmUpSeconds } = options;
  const timed = async (): Promise<number> => {
    signal?.throwIfAborted();
    const start = clock();
    await run();
    return clock() - start;
  };
  let [warmUpRuns, spent] = [0, 0];
  while (warmUpRuns < LEAST_WARM_UP_RUNS || spent < warmUpSeconds * 1000) {
    spent += await timed();
    warmUpRuns++;
    // A clock that stands still must not keep the warm-up from ending.
    if (warmUpRuns >= maxRuns) break;
  }
  const samples: number[] = [];
  spent = 0;
  let next = minRuns;
  for (;;) {
    while (samples.length < next) {
      const sample = await timed();
      samples.push(sample);
      spent += sample;
      if (samples.length >= minRuns && spent >= maxSeconds * 1000) break;
    }
    const sorted = samples.toSorted((a, b) => a - b);
    const relativeError = medianError(sorted);
    const converged = relativeError <= wanted;
    if (!converged && samples.length < maxRuns && spent < maxSeconds * 1000) {
      next = Math.min(maxRuns, samples.length + Math.ceil(samples.length / 10));
      continue;
    }
    const [p10, median, p90] = [0.1, 0.5, 0.9].map((at) => quantile(sorted, at)) as [number, number, number];
    return { median, p10, p90, runs: samples.length, relativeError, converged, warmUpRuns };
  }
}

/**
 * Half of the 95 % confidence interval of the median over the median: between the order statistics whose ranks are
 * 0.98 times the root of n from the middle, as the number of samples below the median is binomial.
 * @param sorted at least two samples, ascending
 */
export function medianError(sorted: readonly number[]): number {
  const n = sorted.length;
  const reach = 0.98 * Math.sqrt(n);
  const low = sorted[Math.max(0, Math.floor(n / 2 - reach))]!;
  const high = sorted[Math.min(n - 1, Math.ceil(n / 2 + reach))]!;
  const middle = quantile(sorted, 0.5);
  return high === low ? 0 : (high - low) / 2 / middle;
}

function share(field: string, value: number): number {
  if (value > 0 && value < 1) return value;
  throw settingError(field, value, 'a share between 0 and 1, such as 0.02');
}
