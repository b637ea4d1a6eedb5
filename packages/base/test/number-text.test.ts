import { countText, durationText, numberText, plural } from '@tenas/base';
import { describe, expect, it } from 'vitest';

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [0.94, '940 ms'],
    [0.9999, '1 s'],
    [3.84, '3.8 s'],
    [75.4, '75 s'],
    [125, '2 min 5 s'],
    [600, '10 min'],
    [3599.6, '1 h'],
    [4859, '1 h 20 min'],
    [360_000, '100 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe('numbers', () => {
  it.each([
    [null, 'none'],
    [Number.NaN, 'none'],
    [Number.NEGATIVE_INFINITY, '−∞'],
    [0, '0'],
    [-1.23456, '−1.23'],
    [12_345.6, '12,346'],
    [-1_234_567, '−1,234,567'],
    [0.001234, '0.00123'],
    [1.5e9, '1.50 × 10⁹'],
    [-2e-7, '−2.00 × 10⁻⁷'],
  ])('%d is %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it.each([
    [1232.6, 4, '1,233'],
    [73_306, 5, '73,306'],
    [2989.5, 5, '2,989.5'],
    [999.96, 4, '1,000'],
    [117.32, 5, '117.32'],
  ])('%d has thousands grouped at %d digits: %s', (value, digits, text) => {
    expect(numberText(value, digits)).toBe(text);
  });

  it('are counted with thousands grouped', () => {
    expect(countText(15_625)).toBe('15,625');
    expect(countText(625)).toBe('625');
    expect(countText(-1234)).toBe('-1,234');
    expect(countText(2 ** 90)).toBe('1,237,940,039,285,380,274,899,124,224');
    expect([0, 1, 2, 1200].map((count) => plural(count, 'run'))).toEqual([
      '0 runs',
      '1 run',
      '2 runs',
      '1,200 runs',
    ]);
  });
});
