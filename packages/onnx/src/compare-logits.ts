/** How far two sets of logits are apart. */
export interface Comparison {
  /** Largest absolute difference; Infinity if a value on either side is not finite or the lengths differ. */
  readonly maxAbsDiff: number;
  /** Largest absolute value of the reference. */
  readonly maxAbsReference: number;
  /** Why the values can't be compared, or null. */
  readonly failure: string | null;
}

/** Compares logits [batch, classes] with their reference, value by value. */
export function compareLogits(actual: Float32Array, reference: Float32Array): Comparison {
  if (actual.length !== reference.length) {
    const failure = `onnxruntime returned ${actual.length} values, the reference ${reference.length}`;
    return { maxAbsDiff: Infinity, maxAbsReference: 0, failure };
  }
  let maxAbsDiff = 0;
  let maxAbsReference = 0;
  for (const [index, expected] of reference.entries()) {
    const got = actual[index]!;
    if (!Number.isFinite(got) || !Number.isFinite(expected)) {
      const failure = `value ${index} is not finite: onnxruntime ${got}, reference ${expected}`;
      return { maxAbsDiff: Infinity, maxAbsReference, failure };
    }
    maxAbsDiff = Math.max(maxAbsDiff, Math.abs(got - expected));
    maxAbsReference = Math.max(maxAbsReference, Math.abs(expected));
  }
  return { maxAbsDiff, maxAbsReference, failure: null };
}

/**
 * How much the inputs move the logits: the largest range (over samples) of any class. A check of logits that hardly
 * depend on the input can't tell a right network from a wrong one.
 * @param batches logits [batch, classes], row-major.
 */
export function logitSpread(batches: readonly Float32Array[], classes: number): number {
  const lowest = new Float64Array(classes).fill(Infinity);
  const highest = new Float64Array(classes).fill(-Infinity);
  for (const logits of batches) {
    for (const [index, value] of logits.entries()) {
      const column = index % classes;
      lowest[column] = Math.min(lowest[column]!, value);
      highest[column] = Math.max(highest[column]!, value);
    }
  }
  return lowest.reduce((spread, low, column) => Math.max(spread, highest[column]! - low), 0);
}
