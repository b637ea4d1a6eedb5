import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import {
  type ComparedCell,
  EQUAL_SIZE,
  equalInSize,
  foundComparisons,
  foundTable,
} from '../src/found-cells.js';

describe('random architectures of equal size', () => {
  it('are one for each found one, within the bound, and none of them twice', () => {
    const space = getSpace('nas-bench-201');
    const costs = space.costs();
    const found = space.sample({ count: 8, seed: 77 });
    const random = equalInSize(space, costs, found);
    for (const [place, architecture] of random.entries()) {
      const { params } = costs.of(found[place]!);
      expect(Math.abs(costs.of(architecture).params - params)).toBeLessThanOrEqual(EQUAL_SIZE * params);
    }
    const texts = [...found, ...random].map((architecture) => space.format(architecture));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('are missed where there are none', () => {
    const one = { size: 7 };
    const space = { sample: () => [{ size: 100 }], format: ({ size }: typeof one) => String(size) };
    const costs = { of: ({ size }: typeof one) => ({ params: size, macs: 0, flops: 0 }) };
    expect(() => equalInSize(space, costs, [one])).toThrow(/as large as 7/);
  });
});

describe('comparisons', () => {
  const cell = (kind: ComparedCell['kind'], seed: number, zen: number | null, ntk: number): ComparedCell => ({
    ...{ search: 'tenas', seed, kind, architecture: `${kind} ${seed}`, scores: { zen, ntk } },
  });
  const cells = Array.from({ length: 6 }, (_, seed) => [
    cell('found', seed, 10 + seed, 10 + seed),
    cell('random', seed, seed === 0 ? null : seed, seed),
  ]).flat();

  it('count pairs in the direction of each metric, and a cell without a value as the worst', () => {
    const [zen, ntk] = foundComparisons(cells);
    expect(zen).toMatchObject({ metric: 'zen', cells: 6, found: 12.5, random: 2.5, share: 1 });
    expect(ntk).toMatchObject({ metric: 'ntk', share: 0, found: 12.5 });
    // Exactly one of the 924 ways to deal 12 values to two sixes is so far out on either side.
    expect(zen!.probability).toBeCloseTo(2 / 924, 10);
    expect(foundTable([zen!, ntk!])).toContain('**1.00, p 0.002**');
    expect(foundTable([zen!, ntk!])).toContain('| 0.00, p 0.002 |');
  });

  it('take a metric that only some cells have from these', () => {
    const some = cells.map((one) => (one.seed < 2 ? { ...one, scores: { ...one.scores, depth: 3 } } : one));
    const depth = foundComparisons(some).find(({ metric }) => metric === 'depth');
    expect(depth).toMatchObject({ cells: 2, share: 0.5, probability: 1 });
  });
});
