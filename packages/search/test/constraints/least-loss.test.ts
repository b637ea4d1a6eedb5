import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastLoss, type WeighedOption } from '../../src/constraints/least-loss.js';

const problem = fc.record({
  parts: fc.array(
    fc.array(fc.record({ loss: fc.nat(20), costs: fc.tuple(fc.nat(30), fc.nat(30)) }), {
      minLength: 1,
      maxLength: 4,
    }),
    { minLength: 1, maxLength: 5 },
  ),
  limits: fc.tuple(fc.integer({ min: -5, max: 120 }), fc.integer({ min: -5, max: 120 })),
  odd: fc.boolean(),
});

/** All choices of an option for each part. */
function* all(parts: readonly (readonly WeighedOption[])[]): Generator<WeighedOption[]> {
  const [first, ...rest] = parts;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const option of first) for (const others of all(rest)) yield [option, ...others];
}

describe('least loss', () => {
  it('is that of trying all, under two limits and a predicate', () => {
    fc.assert(
      fc.property(problem, ({ parts: given, limits, odd }) => {
        const parts = given.map((options) => options.map((one, option) => ({ ...one, option })));
        const fits = (options: readonly number[]) =>
          !odd || options.reduce((sum, option) => sum + option, 0) % 2 === 1;
        const lossOf = (options: readonly WeighedOption[]) =>
          options.reduce((sum, { loss }) => sum + loss, 0);
        const possible = [...all(parts)].filter(
          (options) =>
            limits.every((limit, k) => options.reduce((sum, { costs }) => sum + costs[k]!, 0) <= limit) &&
            fits(options.map(({ option }) => option)),
        );
        const found = leastLoss({ parts, limits, fits });
        if (possible.length === 0) {
          expect(found).toBeNull();
          return;
        }
        const options = found!.map((option, part) => parts[part]![option]!);
        expect(possible).toContainEqual(options);
        expect(lossOf(options)).toBe(Math.min(...possible.map(lossOf)));
      }),
      { numRuns: 500 },
    );
  });

  it('has none where a part has no option', () => {
    expect(leastLoss({ parts: [[]], limits: [], fits: () => true })).toBeNull();
  });
});
