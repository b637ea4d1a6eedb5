import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denseRanks, rankCandidates, roundDecimals, roundSignificant } from '../../src/prune/ranking.js';

/**
 * The published code's rule, step by step: sort by the rounded key (descending with the order of equals kept), walk the
 * list comparing unrounded neighbours, and last sort the names, in the order of the kappa list, by the sum.
 */
function referenceRule(candidates: { name: number; kappa: number; regions: number }[], precision: number) {
  const roundTo = (number: number) => {
    if (number === 0) return number;
    const sign = number / Math.abs(number);
    const magnitude = Math.abs(number) + 1e-8;
    const power = Math.floor(Math.log(magnitude) / Math.log(10)) + 1;
    const scaled = magnitude * 10 ** -power * 10 ** precision;
    const whole = Math.floor(scaled);
    const rest = scaled - whole;
    const up = rest > 0.5 || (rest === 0.5 && whole % 2 === 1);
    return sign * ((whole + (up ? 1 : 0)) / 10 ** precision) * 10 ** power;
  };
  const ranked = new Map<number, number[]>();
  const walk = (key: 'kappa' | 'regions', descending: boolean) => {
    const decorated = candidates.map((candidate, index) => ({
      candidate,
      index,
      key: roundTo(candidate[key]),
    }));
    decorated.sort((a, b) => (descending ? b.key - a.key : a.key - b.key) || a.index - b.index);
    decorated.forEach(({ candidate }, position) => {
      const before = position === 0 ? undefined : decorated[position - 1]!.candidate;
      const list = ranked.get(candidate.name) ?? [];
      const rankBefore = before === undefined ? 0 : ranked.get(before.name)![list.length]!;
      list.push(before === undefined ? 0 : rankBefore + (candidate[key] === before[key] ? 0 : 1));
      ranked.set(candidate.name, list);
    });
  };
  walk('kappa', true);
  walk('regions', false);
  const sums = [...ranked].map(([name, [kappaRank, regionRank]], index) => ({
    name,
    index,
    kappaRank: kappaRank!,
    regionRank: regionRank!,
  }));
  return sums.toSorted(
    (a, b) => a.kappaRank + a.regionRank - (b.kappaRank + b.regionRank) || a.index - b.index,
  );
}

describe('rounding', () => {
  it.each([
    [0, 0],
    [0.123456, 0.123],
    [-0.123456, -0.123],
    [98765, 98800],
    [-0.0098765, -0.00988],
    [1, 1],
    [0.9996, 1],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [Number.MAX_VALUE, Number.MAX_VALUE],
  ])('of %d to 3 significant digits is %d', (value, expected) => {
    if (Number.isFinite(expected) && expected !== 0) {
      expect(roundSignificant(value, 3) / expected).toBeCloseTo(1, expected > 1e300 ? 2 : 12);
    } else expect(roundSignificant(value, 3)).toBe(expected);
  });

  it.each([
    [0.0625, 3, 0.062],
    [0.1875, 3, 0.188],
    [-0.0625, 3, -0.062],
    [2.5, 0, 2],
    [3.5, 0, 4],
    [-3.5, 0, -4],
    [0.33333, 3, 0.333],
    [1e308, 3, 1e308],
  ])('of %d to %d decimals is %d, halves to even', (value, decimals, expected) => {
    expect(roundDecimals(value, decimals)).toBe(expected);
  });

  it('keeps the sign and the order', () => {
    const value = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, y] = [roundSignificant(a, 3), roundSignificant(b, 3)];
        expect(roundSignificant(-a, 3)).toBe(-x);
        if (a < b) expect(x).toBeLessThanOrEqual(y * (1 + Math.sign(y) * 1e-12) + 1e-7);
      }),
    );
  });
});

describe('ranks', () => {
  it('share a rank when equal and go on with the next', () => {
    expect(denseRanks([0.5, 0.9, 0.5, 0.1, 0.9], 'largest-first', 3)).toEqual({
      order: [1, 4, 0, 2, 3],
      ranks: [1, 0, 1, 2, 0],
    });
    expect(denseRanks([0.5, 0.9, 0.5], 'smallest-first', 3).ranks).toEqual([0, 1, 0]);
  });

  it('keep the order of values that only round to the same, each with a rank of its own', () => {
    expect(denseRanks([0.12341, 0.12344, 0.12339], 'largest-first', 3)).toEqual({
      order: [0, 1, 2],
      ranks: [0, 1, 2],
    });
    expect(denseRanks([0.12341, 0.12344, 0.12339], 'largest-first', null).order).toEqual([1, 0, 2]);
    // Equal values apart from each other do not share one either.
    expect(denseRanks([0.12341, 0.12344, 0.12341], 'largest-first', 3).ranks).toEqual([0, 1, 2]);
  });

  it('put the worst changes last, together', () => {
    const worst = Number.NEGATIVE_INFINITY;
    expect(denseRanks([worst, -5, worst, 3], 'largest-first', 3).ranks).toEqual([2, 1, 2, 0]);
  });

  it('are added, and equal sums keep the order of the kappa changes', () => {
    const { ranks, order } = rankCandidates(
      [
        { kappa: 0.1, regions: 0.3 },
        { kappa: 0.3, regions: 0.2 },
        { kappa: 0.2, regions: 0.1 },
        { kappa: 0.4, regions: 0.4 },
      ],
      3,
    );
    expect(ranks).toEqual([
      { kappaRank: 3, regionRank: 2, rankSum: 5 },
      { kappaRank: 1, regionRank: 1, rankSum: 2 },
      { kappaRank: 2, regionRank: 0, rankSum: 2 },
      { kappaRank: 0, regionRank: 3, rankSum: 3 },
    ]);
    expect(order).toEqual([1, 2, 3, 0]);
  });

  it('follow the published rule', () => {
    // Few distinct values, so that there are ties of every kind.
    const change = fc.oneof(
      fc.integer({ min: -4, max: 4 }).map((n) => n / 7),
      fc.double({ min: -3, max: 1, noNaN: true }).map((x) => Math.round(x * 1000) / 1000),
      fc.constantFrom(0.12341, 0.12344, -0.55551, -0.55554, 0),
    );
    const candidates = fc.array(fc.record({ kappa: change, regions: change }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(candidates, (changes) => {
        const { ranks, order } = rankCandidates(changes, 3);
        const expected = referenceRule(
          changes.map((candidate, name) => ({ name, ...candidate })),
          3,
        );
        expect(order).toEqual(expected.map(({ name }) => name));
        for (const { name, kappaRank, regionRank } of expected) {
          expect(ranks[name]).toEqual({ kappaRank, regionRank, rankSum: kappaRank + regionRank });
        }
      }),
      { numRuns: 500 },
    );
  });
});
