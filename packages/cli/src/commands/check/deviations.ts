/** Largest absolute difference of two equally long arrays; NaN anywhere makes it NaN. */
export function maxAbsDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Frobenius norm of the difference over that of the expected matrix. */
export function relativeFrobenius(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (got[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(difference) / Math.sqrt(norm);
}

/** Largest absolute value, at least 0. */
export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

/** Largest over smallest eigenvalue of an ascending spectrum. */
export function conditionOf(eigenvaluesAscending: ArrayLike<number>): number {
  return eigenvaluesAscending[eigenvaluesAscending.length - 1]! / eigenvaluesAscending[0]!;
}
