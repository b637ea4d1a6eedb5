import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kneesOf, paretoFront } from '../../src/index.js';

describe('knees', () => {
  it('are where a front bulges', () => {
    const front = [
      [0, 10],
      [1, 4],
      [2, 3.5],
      [5, 2],
      [6, 0.5],
      [10, 0],
    ];
    // Sums of shares: 1, 0.5, 0.55, 0.7, 0.65, 1.
    expect(kneesOf(front)).toEqual([1, 4]);
  });

  it('are none on a line of two points, and none of no points', () => {
    expect(
      kneesOf([
        [0, 1],
        [1, 0],
      ]),
    ).toEqual([]);
    expect(kneesOf([[3, 3]])).toEqual([]);
    expect(kneesOf([])).toEqual([]);
  });

  it('begin with the point that is farthest from the line through the ends of any front that bulges', () => {
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 25 });
    fc.assert(
      fc.property(values, values, (xs, ys) => {
        const length = Math.min(xs.length, ys.length);
        const ascending = xs.slice(0, length).sort((a, b) => a - b);
        const descending = ys.slice(0, length).sort((a, b) => b - a);
        const front = ascending.map((x, place) => [x, descending[place]!]);
        expect(paretoFront(front)).toHaveLength(length);
        const share = (of: readonly number[], value: number) =>
          (value - Math.min(...of)) / (Math.max(...of) - Math.min(...of));
        const sums = front.map(([x, y]) => share(ascending, x!) + share(descending, y!));
        const least = Math.min(...sums.slice(1, -1));
        const [best] = kneesOf(front);
        if (best === undefined) expect(least).toBeGreaterThan(1 - 1e-9);
        else expect(sums[best]).toBeCloseTo(least, 10);
      }),
    );
  });
});
