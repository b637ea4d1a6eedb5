import type { MeasureOptions } from '@tenas/latency';
import type { Io } from '../../io.js';
import type { Given, TableGiven } from './options.js';

/** How the flags say that networks are run and timed. */
export function measureOptions(given: Given | TableGiven, io: Io): MeasureOptions {
  const { batch, threads, provider, relativeError, seconds } = given;
  return {
    ...{ batch, threads, provider, relativeError },
    ...('runs' in given ? { maxRuns: given.runs } : {}),
    maxSeconds: seconds,
    signal: io.signal,
  };
}
