import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendallTauB, orderedPair, spearmanRho } from '../src/correlation.js';
import { orderingOf, ranksFromBest, unitWeights } from '../src/ranks.js';

interface Case {
  readonly name: string;
  readonly x: readonly (number | null)[];
  readonly y: readonly number[];
  readonly weights?: readonly number[];
  readonly kendall: number;
  readonly spearman: number;
}

const { by, cases }: { by: string; cases: Case[] } = JSON.parse(
  readFileSync(new URL('scipy-correlations.json', import.meta.url), 'utf8'),
);

function pairOf(x: readonly number[], y: readonly number[]) {
  return orderedPair(orderingOf(x), orderingOf(y));
}

describe(`figures of ${by}`, () => {
  it.each(cases)('$name', ({ x, y, weights, kendall, spearman }) => {
    const pair = pairOf(
      x.map((value) => value ?? Number.POSITIVE_INFINITY),
      y,
    );
    const counts = weights === undefined ? unitWeights(y.length) : Int32Array.from(weights);
    expect(kendallTauB(pair, counts)).toBeCloseTo(kendall, 12);
    expect(spearmanRho(pair, counts)).toBeCloseTo(spearman, 12);
  });
});

const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), {
  minLength: 2,
  maxLength: 30,
});

/** Tau-b by its definition, over all pairs. */
function tauByDefinition(x: readonly number[], y: readonly number[]): number | null {
  let [sum, untiedX, untiedY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = Math.sign(x[i]! - x[j]!);
      const b = Math.sign(y[i]! - y[j]!);
      sum += a * b;
      untiedX += a * a;
      untiedY += b * b;
    }
  }
  return untiedX === 0 || untiedY === 0 ? null : sum / Math.sqrt(untiedX) / Math.sqrt(untiedY);
}

describe('kendallTauB', () => {
  it('is its definition', () => {
    fc.assert(
      fc.property(values, (pairs) => {
        const x = pairs.map(([a]) => a);
        const y = pairs.map(([, b]) => b);
        const wanted = tauByDefinition(x, y);
        const tau = kendallTauB(pairOf(x, y), unitWeights(x.length));
        if (wanted === null) expect(tau).toBeNull();
        else expect(tau).toBeCloseTo(wanted, 12);
      }),
    );
  });

  it('counts an item of weight k as k items', () => {
    fc.assert(
      fc.property(values, fc.array(fc.nat(3), { minLength: 30, maxLength: 30 }), (pairs, counts) => {
        const weights = Int32Array.from(pairs, (_, index) => counts[index]!);
        const repeated = pairs.flatMap((pair, index) => Array.from({ length: weights[index]! }, () => pair));
        const plain = pairOf(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
        );
        const long = pairOf(
          repeated.map(([a]) => a),
          repeated.map(([, b]) => b),
        );
        const once = unitWeights(repeated.length);
        for (const statistic of [kendallTauB, spearmanRho]) {
          const wanted = statistic(long, once);
          const got = statistic(plain, weights);
          if (wanted === null) expect(got).toBeNull();
          else expect(got).toBeCloseTo(wanted, 12);
        }
      }),
    );
  });
});

describe('ranks', () => {
  it('share the mean rank among equals, from either end', () => {
    expect([...ranksFromBest([3, 1, 1, Number.POSITIVE_INFINITY], 'lower')]).toEqual([3, 1.5, 1.5, 4]);
    expect([...ranksFromBest([3, 1, 1, 9], 'higher')]).toEqual([2, 3.5, 3.5, 1]);
  });

  it('refuse what has no place', () => {
    expect(() => orderingOf([1, Number.NaN])).toThrow('value 1 is NaN');
  });
});
