import type { Scores } from '@tenas/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RANK_AGGREGATES, type RankAggregate, RankedHistory } from '../src/index.js';

const metrics = [
  { name: 'gain', better: 'higher' },
  { name: 'cost', better: 'lower' },
] as const;

type Values = readonly [number | null, number | null];

function scoresOf([gain, cost]: Values): Scores {
  const score = (value: number | null) => ({ value, repeats: [value], seconds: 0 });
  return { gain: score(gain), cost: score(cost) };
}

function historyOf(all: readonly Values[], aggregate: RankAggregate): RankedHistory {
  const history = new RankedHistory(metrics, aggregate);
  for (const values of all) history.add(scoresOf(values));
  return history;
}

/** Ranks by counting: the worst has 1, equals share the mean of theirs. */
function worthByCounting(all: readonly Values[], place: number, aggregate: RankAggregate): number {
  const keys = all.map(([gain, cost]) => [gain ?? -Infinity, cost === null ? -Infinity : -cost]);
  return [0, 1].reduce((sum, metric) => {
    const own = keys[place]![metric]!;
    const below = keys.filter((key) => key[metric]! < own).length;
    const equal = keys.filter((key) => key[metric] === own).length;
    const rank = below + (equal + 1) / 2;
    return sum + (aggregate === 'rank-sum' ? rank : Math.log(rank / all.length));
  }, 0);
}

describe('a ranked history', () => {
  const value = fc.option(fc.integer({ min: -3, max: 3 }), { nil: null });
  const values = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 });

  it.each(RANK_AGGREGATES)('ranks by %s, ties averaged and failures worst', (aggregate) => {
    fc.assert(
      fc.property(values, (all) => {
        const history = historyOf(all, aggregate);
        const worths = all.map((_, place) => worthByCounting(all, place, aggregate));
        expect(all.map((_, place) => history.worth(place))).toEqual(worths);
        expect(history.best).toBe(worths.indexOf(Math.max(...worths)));
      }),
    );
  });

  it('ranks again as it grows', () => {
    const history = historyOf([[1, null]], 'rank-sum');
    expect(history.worth(0)).toBe(2);
    history.add(scoresOf([0, 5]));
    // The best of two by gain, the worst of two by cost.
    expect(history.worth(0)).toBe(2 + 1);
    history.add(scoresOf([2, 7]));
    expect(history.worth(0)).toBe(2 + 1);
    expect(history.worth(1)).toBe(1 + 3);
    expect(history.best).toBe(2);
  });

  it('weighs one bad rank more by logarithms', () => {
    const all: Values[] = [
      [1, 1],
      [3, 3],
      [2, 2],
    ];
    const balanced = 2;
    expect(historyOf(all, 'rank-sum').worth(balanced)).toBe(historyOf(all, 'rank-sum').worth(0));
    expect(historyOf(all, 'log-rank').best).toBe(balanced);
  });
});
