import { median } from '@tenas/base';

/** The resident size of a process after so many operations. */
export interface MemorySample {
  readonly operations: number;
  readonly bytes: number;
}

/** Samples that are not judged: caches fill, code is compiled, heaps find their size. */
const WARM_UP = 1 / 3;

/** How the memory of a process went on after its warm-up. */
export interface Growth {
  /** Operations and bytes of the first and the last sample that is judged. */
  readonly from: MemorySample;
  readonly to: MemorySample;
  /** What the slope comes to between both, in bytes; negative where it shrank. */
  readonly bytes: number;
  /** The slope, in bytes per operation. */
  readonly perOperation: number;
  /** Largest of all samples, the warm-up included. */
  readonly largestBytes: number;
}

/**
 * Judges samples by the median of the slopes between all pairs of them (Theil and Sen), which up to 29 % of outliers do
 * not move.
 * @param samples at least six, operations ascending
 */
export function growthOf(samples: readonly MemorySample[]): Growth {
  if (samples.length < 6)
    throw new RangeError(`${samples.length} samples of memory are too few to judge; give at least 6`);
  const judged = samples.slice(Math.floor(samples.length * WARM_UP));
  const slopes = judged.flatMap((late, index) =>
    judged
      .slice(0, index)
      .filter((early) => early.operations < late.operations)
      .map((early) => (late.bytes - early.bytes) / (late.operations - early.operations)),
  );
  const perOperation = slopes.length === 0 ? 0 : median(slopes);
  const [from, to] = [judged[0]!, judged.at(-1)!];
  return {
    from,
    to,
    bytes: perOperation * (to.operations - from.operations),
    perOperation,
    largestBytes: samples.reduce((most, { bytes }) => Math.max(most, bytes), 0),
  };
}
