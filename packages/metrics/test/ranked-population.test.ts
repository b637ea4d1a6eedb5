import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AGGREGATE_RULES,
  type AggregateRule,
  MISSING_POLICIES,
  type MissingPolicy,
  RankedPopulation,
  type ScoredValues,
} from '../src/index.js';

const metrics = [
  { name: 'gain', better: 'higher' },
  { name: 'cost', better: 'lower' },
] as const;

type Values = readonly [number | null, number | null];

function scoresOf([gain, cost]: Values): ScoredValues {
  return { gain: { value: gain }, cost: { value: cost } };
}

function populationOf(
  all: readonly Values[],
  rule: AggregateRule,
  missing?: MissingPolicy,
): RankedPopulation {
  const population = new RankedPopulation({ terms: metrics, rule, missing });
  for (const values of all) population.add(scoresOf(values));
  return population;
}

/** Larger is better. */
const keysOf = ([gain, cost]: Values) => [gain, cost === null ? null : -cost];

/** Ranks by counting: the worst has 1, equals share the mean of theirs; those in the middle are as many below as above. */
function ranksByCounting(keys: readonly (number | null)[], missing: MissingPolicy): number[] {
  const n = keys.length;
  const known = keys.filter((key) => key !== null).toSorted((a, b) => a - b);
  const absent = n - known.length;
  return keys.map((own) => {
    if (own === null && missing === 'median') return (n + 1) / 2;
    const key = own ?? Number.NEGATIVE_INFINITY;
    const all = missing === 'median' ? known : keys.map((one) => one ?? Number.NEGATIVE_INFINITY);
    const below = all.filter((one) => one < key).length;
    const equal = all.filter((one) => one === key).length;
    const rank = below + (equal + 1) / 2;
    const middle = (known.length + 1) / 2;
    if (missing !== 'median' || rank < middle) return rank;
    return rank === middle ? (n + 1) / 2 : rank + absent;
  });
}

/** 0 of none. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length === 0 ? 0 : (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

function worthsByCounting(all: readonly Values[], rule: AggregateRule, missing: MissingPolicy): number[] {
  const kept = all.filter((values) => missing !== 'drop' || !values.includes(null));
  const columns = [0, 1].map((metric) => kept.map((values) => keysOf(values)[metric]!));
  const sums = () => {
    switch (rule) {
      case 'max-sum': {
        const parts = columns.map((column) => {
          const known = column.filter((key) => key !== null).toSorted((a, b) => a - b);
          const unit = Math.abs(known.at(-1) ?? 0) || 1;
          const absent = missing === 'last' ? (known[0] ?? 0) : medianOf(known);
          return column.map((key) => (key ?? absent) / unit);
        });
        return kept.map((_, item) => parts[0]![item]! + parts[1]![item]!);
      }
      case 'lexicographic': {
        // Values are at most 3: one number whose order is that of the pairs.
        const joined = columns[0]!.map((first, item) => {
          const second = columns[1]![item]!;
          const absent = columns.map((column) =>
            missing === 'median' ? medianOf(column.filter((key) => key !== null)) : -50,
          );
          return 100 * (first ?? absent[0]!) + (second ?? absent[1]!);
        });
        return ranksByCounting(joined, 'last');
      }
      default: {
        const ranks = columns.map((column) => ranksByCounting(column, missing));
        const n = kept.length;
        return kept.map((_, item) =>
          ranks.reduce((sum, of) => sum + (rule === 'rank-sum' ? of[item]! : Math.log(of[item]! / n)), 0),
        );
      }
    }
  };
  const worths = sums();
  return all.map((values) =>
    missing === 'drop' && values.includes(null) ? Number.NEGATIVE_INFINITY : worths[kept.indexOf(values)]!,
  );
}

describe('a ranked population', () => {
  const value = fc.option(fc.integer({ min: -3, max: 3 }), { nil: null });
  const values = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 });
  const cases = AGGREGATE_RULES.flatMap((rule) =>
    MISSING_POLICIES.map((missing) => [rule, missing] as const),
  );

  it.each(cases)('ranks by %s, ties averaged, missing values: %s', (rule, missing) => {
    fc.assert(
      fc.property(values, (all) => {
        const population = populationOf(all, rule, missing);
        const worths = worthsByCounting(all, rule, missing);
        const found = all.map((_, place) => population.worth(place));
        for (const [place, worth] of worths.entries()) expect(found[place]).toBeCloseTo(worth, 12);
        expect(found[population.best]).toBe(Math.max(...found));
      }),
    );
  });

  it('ranks again as it grows', () => {
    const population = populationOf([[1, null]], 'rank-sum');
    expect(population.worth(0)).toBe(2);
    population.add(scoresOf([0, 5]));
    // The best of two by gain, the worst of two by cost.
    expect(population.worth(0)).toBe(2 + 1);
    population.add(scoresOf([2, 7]));
    expect(population.worth(0)).toBe(2 + 1);
    expect(population.worth(1)).toBe(1 + 3);
    expect(population.best).toBe(2);
  });

  it('weighs one bad rank more by logarithms', () => {
    const all: Values[] = [
      [1, 1],
      [3, 3],
      [2, 2],
    ];
    const balanced = 2;
    expect(populationOf(all, 'rank-sum').worth(balanced)).toBe(populationOf(all, 'rank-sum').worth(0));
    expect(populationOf(all, 'log-rank').best).toBe(balanced);
  });

  it('takes a list of metrics as one, by the first and among equals by the next', () => {
    const population = new RankedPopulation({ terms: [metrics, metrics[1]], rule: 'rank-sum' });
    const all: Values[] = [
      [1, 9],
      [1, 2],
      [0, 1],
    ];
    for (const one of all) population.add(scoresOf(one));
    // By gain and cost 2, 3, 1; by cost 1, 2, 3.
    expect(all.map((_, place) => population.worth(place))).toEqual([2 + 1, 3 + 2, 1 + 3]);
    expect(population.best).toBe(1);
  });

  it('adds values over the largest as FreeREA does', () => {
    const population = new RankedPopulation({
      terms: [{ name: 'gain', better: 'higher' }, metrics[1]],
      rule: 'max-sum',
    });
    population.add(scoresOf([10, 4]));
    population.add(scoresOf([5, 2]));
    expect(population.worth(0)).toBe(1 - 2);
    expect(population.worth(1)).toBe(0.5 - 1);
  });

  it('adds the smallest value where one is missing, 0 where all are', () => {
    const population = populationOf([[10, null]], 'max-sum');
    expect(population.worth(0)).toBe(1);
    for (const values of [
      [null, 2],
      [4, 8],
      [null, null],
    ] as const)
      population.add(scoresOf(values));
    expect([0, 1, 2, 3].map((place) => population.worth(place))).toEqual([1 - 4, 0.4 - 1, 0.4 - 4, 0.4 - 4]);
    expect(population.best).toBe(1);
  });

  it('puts the median in the place of a missing value of a list alone', () => {
    const all = [
      [5, null],
      [1, null],
      [3, 9],
      [3, 1],
      [null, 7],
      [null, null],
    ] as const;
    // gain 5, 1, 3, 3, 3, 3; among equals cost 9, 1, 7 and, missing, 7.
    for (const [terms, rule] of [
      [[metrics], 'rank-sum'],
      [metrics, 'lexicographic'],
    ] as const) {
      const population = new RankedPopulation({ terms, rule, missing: 'median' });
      for (const values of all) population.add(scoresOf(values));
      expect(all.map((_, place) => population.worth(place))).toEqual([6, 1, 2, 5, 3.5, 3.5]);
      expect(population.best).toBe(0);
    }
  });
});
