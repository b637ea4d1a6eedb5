import { mean, median, quantile, sampleStandardDeviation, summarise } from '@tenas/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('statistics', () => {
  it('have a mean and a standard deviation', () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(sampleStandardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(sampleStandardDeviation([3])).toBeNaN();
  });

  it('have a median, also of infinities', () => {
    expect(median([9, 2, 4])).toBe(4);
    expect(median([9, 2, 4, 6])).toBe(5);
    const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
    expect(median([POSITIVE_INFINITY, POSITIVE_INFINITY])).toBe(POSITIVE_INFINITY);
    expect(median([NEGATIVE_INFINITY, 1, 2])).toBe(1);
    expect(median([NEGATIVE_INFINITY, NEGATIVE_INFINITY, 2])).toBe(NEGATIVE_INFINITY);
  });

  // Values of numpy.quantile with its default method.
  it.each([
    [[1, 2, 3, 4], 0.25, 1.75],
    [[15, 20, 35, 40, 50], 0.4, 29],
    [[15, 20, 35, 40, 50], 0.05, 16],
    [[15, 20, 35, 40, 50], 0, 15],
    [[15, 20, 35, 40, 50], 1, 50],
    [[7], 0.3, 7],
  ])('have the quantile of %j at %d, %d', (values, share, expected) => {
    expect(quantile(values, share)).toBeCloseTo(expected, 12);
  });

  it('have no quantile of nothing', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('summarise', () => {
  it('gives median and spread', () => {
    const samples = Array.from({ length: 11 }, (_, index) => 10 - index);
    expect(summarise(samples)).toEqual({ count: 11, min: 0, p10: 1, median: 5, p90: 9 });
    expect(summarise([3])).toEqual({ count: 1, min: 3, p10: 3, median: 3, p90: 3 });
    expect(summarise([]).median).toBeNaN();
  });

  it('keeps quantiles in order and within the samples', () => {
    const samples = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const { min, p10, median, p90 } = summarise(values);
        const sorted = [...values].sort((a, b) => a - b);
        const between = quantile(sorted, share);
        expect(min <= p10 && p10 <= median && median <= p90 && p90 <= sorted.at(-1)!).toBe(true);
        expect(between >= sorted[0]! && between <= sorted.at(-1)!).toBe(true);
      }),
    );
  });
});
