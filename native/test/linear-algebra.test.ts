import { NativeError, symmetricEigenvalues } from '@tenas/native';
import { describe, expect, it } from 'vitest';

describe('linear algebra', () => {
  it('finds the eigenvalues of a symmetric matrix, ascending', () => {
    // Eigenvalues of [[2, 1], [1, 2]] are 1 and 3; the third direction is apart.
    const values = symmetricEigenvalues(Float64Array.of(2, 1, 0, 1, 2, 0, 0, 0, -5), 3);
    expect([...values].map((value) => value.toFixed(12))).toEqual([
      '-5.000000000000',
      '1.000000000000',
      '3.000000000000',
    ]);
    expect([...symmetricEigenvalues(Float64Array.of(Number.NaN), 1)]).toEqual([Number.NaN]);
  });

  it('refuses matrices of another size and other types', () => {
    expect(() => symmetricEigenvalues(new Float64Array(3), 2)).toThrow(
      /matrix has 3 values; n x n are needed, and n is 2/,
    );
    expect(() => symmetricEigenvalues(new Float64Array(0), 0)).toThrow(NativeError);
    expect(() => symmetricEigenvalues([1] as never, 1)).toThrow(/matrix must be a Float64Array/);
  });
});
