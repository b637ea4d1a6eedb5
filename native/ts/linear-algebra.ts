import { addon } from './addon.js';
import { nativeError } from './errors.js';

/**
 * Eigenvalues of a symmetric matrix [n, n], ascending; all NaN if it is not finite.
 * @throws NativeError `REQUEST_INVALID` for a matrix of another size, `NO_CONVERGENCE`
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  try {
    return addon().symmetricEigenvalues(matrix, n);
  } catch (error) {
    throw nativeError(error);
  }
}

/**
 * Pearson's correlations between the rows of a matrix, [n, n]; null where a row is constant or not finite, so that it has
 * none.
 *
 * @param rows [n, length] row-major
 * @throws NativeError `REQUEST_INVALID` for a matrix of another size
 */
export function rowCorrelations(rows: Float32Array, n: number): Float64Array | null {
  try {
    return addon().rowCorrelations(rows, n);
  } catch (error) {
    throw nativeError(error);
  }
}
