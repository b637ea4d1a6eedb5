/**
 * Solves a system of linear equations with a symmetric positive definite matrix, by Cholesky's factorisation.
 * @param matrix [n, n] row-major; its lower triangle is read and overwritten
 * @param right n values
 * @throws RangeError for a matrix that is not positive definite
 */
export function solveSymmetric(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k]! * matrix[j * n + k]!;
      if (i > j) matrix[i * n + j] = sum / matrix[j * n + j]!;
      else if (sum > 0) matrix[j * n + j] = Math.sqrt(sum);
      else throw new RangeError(`the matrix is not positive definite: pivot ${j} is ${sum}`);
    }
  }
  const solution = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) solution[i]! -= matrix[i * n + k]! * solution[k]!;
    solution[i]! /= matrix[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) solution[i]! -= matrix[k * n + i]! * solution[k]!;
    solution[i]! /= matrix[i * n + i]!;
  }
  return solution;
}
