import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../../test/support/expect-tenas-error.js';
import { hypervolume, paretoFront } from '../../src/index.js';

const SIDE = 6;
const points = (objectives: number) =>
  fc.array(
    fc.array(fc.integer({ min: 0, max: SIDE + 1 }), { minLength: objectives, maxLength: objectives }),
    { maxLength: 12 },
  );

/** Counts the unit cells of a grid that a point dominates. */
function counted(some: readonly (readonly number[])[], objectives: number): number {
  const cells = SIDE ** objectives;
  let dominated = 0;
  for (let cell = 0; cell < cells; cell++) {
    const corner = Array.from({ length: objectives }, (_, at) => Math.floor(cell / SIDE ** at) % SIDE);
    if (some.some((point) => point.every((value, at) => value <= corner[at]!))) dominated++;
  }
  return dominated;
}

describe('the hypervolume', () => {
  it('is an area of two objectives', () => {
    expect(
      hypervolume(
        [
          [1, 3],
          [2, 1],
        ],
        [4, 4],
      ),
    ).toBe(3 * 1 + 2 * 2);
    expect(hypervolume([[1, 1]], [1, 5])).toBe(0);
    expect(hypervolume([], [1, 5])).toBe(0);
  });

  it('is a volume of three', () => {
    expect(
      hypervolume(
        [
          [0, 0, 1],
          [1, 1, 0],
        ],
        [2, 2, 2],
      ),
    ).toBe(4 + 1);
  });

  it.each([2, 3])('of %i objectives is what a grid counts', (objectives) => {
    fc.assert(
      fc.property(points(objectives), (some) => {
        const reference = Array.from({ length: objectives }, () => SIDE);
        expect(hypervolume(some, reference)).toBe(counted(some, objectives));
        const front = paretoFront(some).map((place) => some[place]!);
        expect(hypervolume(front, reference)).toBe(hypervolume(some, reference));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses other numbers of objectives', () => {
    expect(tenasErrorOf(() => hypervolume([[1]], [2]))).toMatchObject({ field: 'reference' });
    expect(tenasErrorOf(() => hypervolume([[1, 2, 3]], [2, 2]))).toMatchObject({ field: 'points' });
  });
});
