import { describe, expect, it } from 'vitest';
import { midRanks, RandomStream, spearman } from '../src/index.js';

describe('ranks', () => {
  it('are shared by equal values', () => {
    expect([...midRanks([3, 1, 3, -2, 3])]).toEqual([4, 2, 4, 1, 4]);
    expect([...midRanks([])]).toEqual([]);
    expect([...midRanks([Number.NEGATIVE_INFINITY, 5, Number.NEGATIVE_INFINITY])]).toEqual([1.5, 3, 1.5]);
  });
});

describe('the correlation of ranks', () => {
  it('is what SciPy has', () => {
    // scipy.stats.spearmanr([1, 2, 2, 4, 5], [5, 6, 7, 8, 7]) and of the example in its documentation
    expect(spearman([1, 2, 2, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.7631578947368421, 12);
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 12);
  });

  it('is 1 of any rising function, -1 of any falling one, and null where all are equal', () => {
    const random = new RandomStream('values', 1);
    const x = Array.from({ length: 50 }, () => random.normal());
    expect(spearman(x, x.map(Math.exp))).toBeCloseTo(1, 12);
    expect(
      spearman(
        x,
        x.map((value) => -value),
      ),
    ).toBeCloseTo(-1, 12);
    expect(
      spearman(
        x,
        x.map(() => 1),
      ),
    ).toBeNull();
    expect(spearman([], [])).toBeNull();
  });
});
