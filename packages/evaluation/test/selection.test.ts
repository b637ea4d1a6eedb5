import { describe, expect, it } from 'vitest';
import { expectedBest, tieGroups, topK } from '../src/selection.js';

const scores = [5, 4, 4, 4, 1, 0];
const accuracy = [90, 95, 80, 70, 99, 10];
const groups = tieGroups(scores, 'higher');

/** All samples of so many items. */
function samples(count: number, from = 0): number[][] {
  if (count === 0) return [[]];
  return scores.flatMap((_, item) =>
    item < from ? [] : samples(count - 1, item + 1).map((rest) => [item, ...rest]),
  );
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

it('groups equal scores, best first', () => {
  expect(groups).toEqual([[0], [1, 2, 3], [4], [5]]);
  expect(tieGroups(scores, 'lower')[0]).toEqual([5]);
});

describe('top k', () => {
  it('takes the expectation where a tie crosses k', () => {
    const [first, second, fourth] = topK(groups, accuracy, [1, 2, 4, 7]);
    expect(first).toEqual({ k: 1, best: 90, regret: 9, mean: 90 });
    // The second is one of 95, 80, 70: the best is then 95, 90 or 90.
    expect(second!.best).toBeCloseTo((95 + 90 + 90) / 3, 12);
    expect(second!.mean).toBeCloseTo((90 + (95 + 80 + 70) / 3) / 2, 12);
    expect(fourth).toMatchObject({ k: 4, best: 95 });
    expect(topK(groups, accuracy, [7])).toEqual([]);
  });
});

describe('expected best', () => {
  it.each([1, 2, 3, 5, 6])('is the mean over all samples of %i', (n) => {
    const all = samples(n);
    const picked = all.map((sample) => {
      const best = Math.max(...sample.map((item) => scores[item]!));
      return average(sample.filter((item) => scores[item] === best).map((item) => accuracy[item]!));
    });
    const [result] = expectedBest(groups, accuracy, [n]);
    expect(result!.accuracy).toBeCloseTo(average(picked), 10);
    expect(result!.perfect).toBeCloseTo(
      average(all.map((sample) => Math.max(...sample.map((item) => accuracy[item]!)))),
      10,
    );
  });
});
