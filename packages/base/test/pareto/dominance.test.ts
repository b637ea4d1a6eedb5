import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dominates, nonDominatedFronts, paretoFront, type Solution } from '../../src/index.js';

/** Points on a small grid: many are equal, and many share a value. */
const points = (objectives: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: objectives, maxLength: objectives }), {
    maxLength: 40,
  });
const anyPoints = fc.integer({ min: 1, max: 4 }).chain(points);

/** Sorts as the definition says: takes off, again and again, what no other one of the rest dominates. */
function peeled(solutions: readonly Solution[], over: (a: Solution, b: Solution) => boolean): number[][] {
  const fronts: number[][] = [];
  let left = [...solutions.keys()];
  while (left.length > 0) {
    const rest = left;
    const front = rest.filter((one) => !rest.some((other) => over(solutions[other]!, solutions[one]!)));
    fronts.push(front);
    left = rest.filter((one) => !front.includes(one));
  }
  return fronts;
}

describe('dominance', () => {
  it.each([
    [[1, 2], [1, 3], true],
    [[1, 2], [1, 2], false],
    [[1, 2], [0, 3], false],
    [[2, 2], [1, 1], false],
    [[0, 0, 0], [0, 0, 1], true],
  ])('of %j over %j is %s', (one, other, expected) => {
    expect(dominates(one, other)).toBe(expected);
  });
});

describe('the non-dominated sort', () => {
  it('knows the fronts of a figure drawn by hand', () => {
    const drawn = [
      [1, 5],
      [2, 3],
      [4, 1],
      [2, 5],
      [4, 3],
      [5, 5],
      [3, 4],
    ].map((objectives) => ({ objectives }));
    expect(nonDominatedFronts(drawn)).toEqual([[0, 1, 2], [3, 4, 6], [5]]);
    expect(nonDominatedFronts([])).toEqual([]);
  });

  it('peels fronts as the definition says', () => {
    fc.assert(
      fc.property(anyPoints, (some) => {
        const solutions = some.map((objectives) => ({ objectives }));
        const expected = peeled(solutions, (a, b) => dominates(a.objectives, b.objectives));
        expect(nonDominatedFronts(solutions)).toEqual(expected);
      }),
    );
  });

  it('puts all that meet the constraints first, then the others by how much they break them', () => {
    fc.assert(
      fc.property(
        points(2),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 40, maxLength: 40 }),
        (some, by) => {
          const solutions = some.map((objectives, place) => ({ objectives, violation: by[place]! }));
          const fronts = nonDominatedFronts(solutions);
          const feasible = solutions.flatMap(({ violation }, place) => (violation === 0 ? [place] : []));
          const sorted = nonDominatedFronts(feasible.map((place) => ({ objectives: some[place]! })));
          const expected = sorted.map((front) => front.map((place) => feasible[place]!));
          expect(fronts.slice(0, sorted.length)).toEqual(expected);
          const violations = fronts.slice(sorted.length).map((front) => front.map((place) => by[place]!));
          for (const [place, front] of violations.entries()) {
            expect(new Set(front).size).toBe(1);
            expect(front[0]!).toBeGreaterThan(violations[place - 1]?.[0] ?? 0);
          }
        },
      ),
    );
  });
});

describe('the front alone', () => {
  it('is the first front of the sort, without equal points', () => {
    fc.assert(
      fc.property(anyPoints, (some) => {
        const [first = []] = nonDominatedFronts(some.map((objectives) => ({ objectives })));
        const texts = first.map((place) => JSON.stringify(some[place]));
        const expected = first.filter((_, at) => texts.indexOf(texts[at]!) === at);
        expect(paretoFront(some)).toEqual(expected);
      }),
    );
  });

  it('is all of many points of which none dominates another', () => {
    const line = Array.from({ length: 2000 }, (_, place) => [place, -place]);
    expect(paretoFront(line)).toEqual([...line.keys()]);
  });
});
