import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mannWhitney } from '../src/index.js';

/** Numbers from 1 up to a count. */
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Two samples without ties, of which the first has this u. */
function samplesOfU(u: number, m: number, n: number): [number[], number[]] {
  const above = Array.from({ length: m }, (_, place) => Math.min(n, Math.max(0, u - place * n)));
  return [above.map((count, place) => count + 0.5 + place / 1000), upTo(n)];
}

/** Every way to choose so many of some values, and what is left. */
function* dealt(values: readonly number[], count: number): Generator<[number[], number[]]> {
  if (count === 0) yield [[], [...values]];
  else if (count <= values.length) {
    const [first, ...rest] = values;
    for (const [some, others] of dealt(rest, count - 1)) yield [[first!, ...some], others];
    for (const [some, others] of dealt(rest, count)) yield [some, [first!, ...others]];
  }
}

function uOf(first: readonly number[], second: readonly number[]): number {
  const wins = first.flatMap((a) => second.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0);
}

describe('the Mann-Whitney test', () => {
  it('has the values of the example in the documentation of SciPy', () => {
    const [males, females] = [
      [19, 22, 16, 29, 24],
      [20, 11, 17, 12],
    ];
    const test = mannWhitney(males, females);
    expect(test.u).toBe(17);
    expect(test.twoSided).toBeCloseTo(1 / 9, 12);
    expect(mannWhitney(females, males)).toMatchObject({ u: 3, greater: test.less, less: test.greater });
  });

  // The largest u at which the first of two samples is smaller at 5 % on one side, from the published tables.
  it.each([
    [3, 3, 0],
    [4, 4, 1],
    [5, 5, 4],
    [5, 8, 8],
    [7, 7, 11],
    [8, 8, 15],
    [10, 10, 27],
    [12, 12, 42],
    [15, 15, 72],
    [20, 20, 138],
  ])('has the critical value of %i and %i values: %i', (m, n, critical) => {
    for (const [u, significant] of [
      [critical, true],
      [critical + 1, false],
    ] as const) {
      const test = mannWhitney(...samplesOfU(u, m, n));
      expect(test.u).toBe(u);
      expect(test.less <= 0.05).toBe(significant);
    }
  });

  it('is exact where all values differ', () => {
    expect(mannWhitney([4, 5, 6], [1, 2, 3])).toEqual({ u: 9, greater: 1 / 20, less: 1, twoSided: 1 / 10 });
    expect(mannWhitney([2], [1])).toEqual({ u: 1, greater: 1 / 2, less: 1, twoSided: 1 });
  });

  it('counts all ways to deal the values, ties included', () => {
    const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, values, (first, second) => {
        const test = mannWhitney(first, second);
        expect(test.u).toBe(uOf(first, second));
        const all = [...dealt([...first, ...second], first.length)].map(([some, others]) =>
          uOf(some, others),
        );
        const share = (holds: (u: number) => boolean) => all.filter(holds).length / all.length;
        expect(test.greater).toBeCloseTo(
          share((u) => u >= test.u),
          12,
        );
        expect(test.less).toBeCloseTo(
          share((u) => u <= test.u),
          12,
        );
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('tells nothing where all values are the same', () => {
    const same = new Array<number>(5).fill(Number.NEGATIVE_INFINITY);
    expect(mannWhitney(same, same)).toEqual({ u: 12.5, greater: 1, less: 1, twoSided: 1 });
    const many = new Array<number>(30).fill(7);
    expect(mannWhitney(many, many)).toEqual({ u: 450, greater: 1, less: 1, twoSided: 1 });
  });

  it('is close to exact where it goes over to the normal distribution', () => {
    const known = new Map<string, number>();
    /** Ways to order the values of two samples so that the first has this u (Mann and Whitney's recurrence). */
    const ways = (m: number, n: number, u: number): number => {
      if (u < 0) return 0;
      if (m === 0 || n === 0) return u === 0 ? 1 : 0;
      const key = `${m} ${n} ${u}`;
      const count = known.get(key) ?? ways(m - 1, n, u - n) + ways(m, n - 1, u);
      known.set(key, count);
      return count;
    };
    const counts = Array.from({ length: 25 * 25 + 1 }, (_, u) => ways(25, 25, u));
    const all = counts.reduce((sum, count) => sum + count, 0);
    for (const u of [150, 227, 312, 400, 450]) {
      const less = counts.slice(0, u + 1).reduce((sum, count) => sum + count, 0) / all;
      const test = mannWhitney(...samplesOfU(u, 25, 25));
      expect(test.u).toBe(u);
      expect(test.less).toBeCloseTo(less, 3);
      expect(mannWhitney(...samplesOfU(625 - u, 25, 25)).greater).toBeCloseTo(less, 3);
    }
  });
});
