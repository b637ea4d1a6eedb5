/**
 * Solves A X = B by elimination with partial pivoting; null where A is singular or not finite.
 *
 * @param a [n, n]
 * @param b [n, columns]
 * @returns X, [n, columns]
 */
export function solved(a: Float64Array, b: Float64Array, n: number): Float64Array | null {
  const columns = b.length / n;
  const left = Array.from({ length: n }, (_, row) => a.slice(row * n, (row + 1) * n));
  const right = Array.from({ length: n }, (_, row) => b.slice(row * columns, (row + 1) * columns));
  for (let pivot = 0; pivot < n; pivot++) {
    let best = pivot;
    for (let row = pivot + 1; row < n; row++) {
      if (Math.abs(left[row]![pivot]!) > Math.abs(left[best]![pivot]!)) best = row;
    }
    [left[pivot], left[best]] = [left[best]!, left[pivot]!];
    [right[pivot], right[best]] = [right[best]!, right[pivot]!];
    const divisor = left[pivot]![pivot]!;
    if (!Number.isFinite(divisor) || divisor === 0) return null;
    for (let row = pivot + 1; row < n; row++) {
      const factor = left[row]![pivot]! / divisor;
      if (factor !== 0) {
        subtract(left[row]!, left[pivot]!, factor, pivot);
        subtract(right[row]!, right[pivot]!, factor, 0);
      }
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let column = row + 1; column < n; column++) {
      subtract(right[row]!, right[column]!, left[row]![column]!, 0);
    }
    for (let k = 0; k < columns; k++) right[row]![k]! /= left[row]![row]!;
  }
  const solution = new Float64Array(n * columns);
  for (const [row, values] of right.entries()) solution.set(values, row * columns);
  return solution.every(Number.isFinite) ? solution : null;
}

/** Takes a multiple of a row off another, from an entry on. */
function subtract(row: Float64Array, other: Float64Array, factor: number, from: number): void {
  for (let k = from; k < row.length; k++) row[k]! -= factor * other[k]!;
}
