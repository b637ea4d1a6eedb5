import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crowdingDistances } from '../../src/index.js';

describe('crowding distances', () => {
  it('are sums of the sides of the boxes between neighbours', () => {
    const front = [
      [0, 10],
      [1, 6],
      [4, 5],
      [10, 0],
    ];
    expect(crowdingDistances(front)).toEqual([
      Number.POSITIVE_INFINITY,
      4 / 10 + 5 / 10,
      9 / 10 + 6 / 10,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('leave out an objective in which all are equal', () => {
    expect(
      crowdingDistances([
        [3, 1],
        [3, 5],
        [3, 2],
      ]),
    ).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1]);
    expect(crowdingDistances([[2, 2]])).toEqual([0]);
  });

  it('do not depend on units, nor on the order of the points', () => {
    const distinct = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(distinct, fc.nat(), (firsts, turn) => {
        const front = firsts.map((value) => [value, (value * 37 + 11) % 101]);
        const distances = crowdingDistances(front);
        const scaled = crowdingDistances(front.map(([x, y]) => [4 * x! - 8, y! / 2]));
        const at = turn % front.length;
        const turned = crowdingDistances([...front.slice(at), ...front.slice(0, at)]);
        const back = [...turned.slice(front.length - at), ...turned.slice(0, front.length - at)];
        for (const [place, distance] of distances.entries()) {
          expect(scaled[place]).toBeCloseTo(distance, 10);
          expect(back[place]).toBeCloseTo(distance, 10);
        }
      }),
    );
  });
});
