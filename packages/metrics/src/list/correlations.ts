/**
 * Pearson's correlations between the rows of a matrix, [n, n]; null where a row is constant or not finite, so that it has
 * none. Of numbers in single precision `rowCorrelations` of @tenas/native gives the same bits sooner.
 *
 * @param rows [n, length] row-major
 */
export function correlations(rows: ArrayLike<number>, n: number): Float64Array | null {
  const length = rows.length / n;
  const units = new Float64Array(rows.length);
  for (let i = 0; i < n; i++) {
    const first = i * length;
    let sum = 0;
    for (let k = 0; k < length; k++) sum += rows[first + k]!;
    const mean = sum / length;
    let squares = 0;
    for (let k = 0; k < length; k++) squares += (rows[first + k]! - mean) ** 2;
    if (!(squares > 0) || !Number.isFinite(squares)) return null;
    const scale = 1 / Math.sqrt(squares);
    for (let k = 0; k < length; k++) units[first + k] = (rows[first + k]! - mean) * scale;
  }
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      const value = dot(units, i * length, j * length, length);
      matrix[i * n + j] = value;
      matrix[j * n + i] = value;
    }
  }
  return matrix;
}

/** Four sums at a time: one alone would wait for itself. */
function dot(values: Float64Array, a: number, b: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += values[a + k]! * values[b + k]!;
    s1 += values[a + k + 1]! * values[b + k + 1]!;
    s2 += values[a + k + 2]! * values[b + k + 2]!;
    s3 += values[a + k + 3]! * values[b + k + 3]!;
  }
  for (; k < length; k++) s0 += values[a + k]! * values[b + k]!;
  return s0 + s1 + (s2 + s3);
}
