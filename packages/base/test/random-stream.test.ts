import { RandomStream } from '@tenas/base';
import { describe, expect, it } from 'vitest';

const first = (count: number, ...parts: (number | string)[]) => {
  const random = new RandomStream(...parts);
  return Array.from({ length: count }, () => random.bits());
};

describe('RandomStream', () => {
  it('draws the same numbers in every version: batches and samples depend on them', () => {
    expect(first(4, 'ntk batch', 0, 0)).toEqual([1003200678, 1253217154, 51061972, 3053909309]);
    expect(new RandomStream('region batches', 7, 1).sample(1000, 5)).toEqual([640, 514, 721, 261, 567]);
  });

  it('keeps streams of other seeds and other words apart', () => {
    const streams = [first(64, 'a', 0), first(64, 'a', 1), first(64, 'b', 0), first(64, 'a', 0, 0)];
    expect(new Set(streams.flat()).size).toBe(4 * 64);
  });

  it('is uniform below n', () => {
    const random = new RandomStream('uniform', 0);
    const counts = new Float64Array(10);
    const draws = 100_000;
    for (let i = 0; i < draws; i++) counts[random.below(10)]!++;
    const expected = draws / 10;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 99.9 % quantile at nine degrees of freedom.
    expect(chiSquared).toBeLessThan(27.9);
  });

  it('samples without replacement while there are enough', () => {
    const random = new RandomStream('sample', 3);
    const all = random.sample(50, 50);
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(all).not.toEqual([...all].sort((a, b) => a - b));
    const more = random.sample(3, 20);
    expect(more).toHaveLength(20);
    expect(more.every((index) => index >= 0 && index < 3)).toBe(true);
  });

  it('has standard normal numbers', () => {
    const random = new RandomStream('normal', 1);
    const values = Array.from({ length: 20_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(values.length));
    expect(variance).toBeCloseTo(1, 1);
  });
});
