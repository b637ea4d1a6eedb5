/**
 * The determinant of a square matrix of integers, row by row, exact (fraction-free elimination, E. H. Bareiss,
 * Sylvester's identity and multistep integer-preserving Gaussian elimination, 1968).
 */
export function determinantOf(matrix: ArrayLike<number>): bigint {
  const n = Math.sqrt(matrix.length);
  const rows = Array.from({ length: n }, (_, row) =>
    Array.from({ length: n }, (_, column) => BigInt(matrix[row * n + column]!)),
  );
  let sign = 1n;
  let before = 1n;
  for (let step = 0; step < n; step++) {
    const pivot = rows.findIndex((row, at) => at >= step && row[step] !== 0n);
    if (pivot < 0) return 0n;
    if (pivot !== step) {
      [rows[pivot], rows[step]] = [rows[step]!, rows[pivot]!];
      sign = -sign;
    }
    const top = rows[step]!;
    for (const row of rows.slice(step + 1)) {
      const factor = row[step]!;
      for (let column = step; column < n; column++) {
        row[column] = (row[column]! * top[step]! - factor * top[column]!) / before;
      }
    }
    before = top[step]!;
  }
  return sign * before;
}
