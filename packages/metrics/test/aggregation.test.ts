import { readSettings } from '@tenas/base/settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGGREGATIONS, aggregateConditionNumbers, ntk } from '../src/index.js';

describe('aggregation over repeats', () => {
  it.each([
    ['mean', [2, 4, 9], 5],
    ['median', [9, 2, 4], 4],
    ['median', [9, 2, 4, 6], 5],
    ['log-mean', [10, 1000], 100],
    ['log-mean', [1, 1e12], 1000],
    ['min', [9, 2, 4], 2],
  ] as const)('%s of %j is %d', (aggregation, values, expected) => {
    expect(aggregateConditionNumbers(values, aggregation)).toBeCloseTo(expected, 9);
  });

  it('counts a failure as infinite', () => {
    const some = [10, null, 1000];
    expect(aggregateConditionNumbers(some, 'mean')).toBe(Number.POSITIVE_INFINITY);
    expect(aggregateConditionNumbers(some, 'median')).toBe(1000);
    expect(aggregateConditionNumbers(some, 'min')).toBe(10);
    expect(aggregateConditionNumbers(some, 'log-mean')).toBeCloseTo(10 ** ((1 + 6 + 3) / 3), 6);
    expect(aggregateConditionNumbers(some, 'log-mean', 100)).toBeCloseTo(10 ** ((1 + 2 + 2) / 3), 6);
    expect(aggregateConditionNumbers([null, null], 'median')).toBe(Number.POSITIVE_INFINITY);
    expect(aggregateConditionNumbers([null], 'min')).toBe(Number.POSITIVE_INFINITY);
  });

  it('is none for the metric where every repeat failed', () => {
    for (const aggregation of AGGREGATIONS) {
      const settings = readSettings('ntk', ntk.settings, { aggregation });
      expect(ntk.combine!([null, null], settings)).toBeNull();
      expect(ntk.combine!([null, 5], settings)).toEqual(
        { mean: null, median: null, 'log-mean': expect.closeTo(Math.sqrt(5e6), 6), min: 5 }[aggregation],
      );
    }
  });

  it('lies between the smallest and the largest, whatever the order', () => {
    const kappas = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(kappas, fc.constantFrom(...AGGREGATIONS), (values, aggregation) => {
        const value = aggregateConditionNumbers(values, aggregation);
        const reversed = aggregateConditionNumbers(values.toReversed(), aggregation);
        expect(value).toBeGreaterThanOrEqual(Math.min(...values) * (1 - 1e-9));
        expect(value).toBeLessThanOrEqual(Math.max(...values) * (1 + 1e-9));
        expect(Math.abs(value / reversed - 1)).toBeLessThan(1e-9);
      }),
    );
  });
});
