import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionOutcome } from '../src/index.js';

const golden = join(
  process.env.TENAS_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared'),
  'golden',
);

describe('condition number', () => {
  it('is the largest over the smallest eigenvalue', () => {
    expect(conditionOutcome([0.5, 1, 8])).toEqual({ kind: 'ok', conditionNumber: 16 });
    expect(conditionOutcome(Float64Array.of(3))).toEqual({ kind: 'ok', conditionNumber: 1 });
  });

  it.each([
    ['nan', [Number.NaN, Number.NaN], Number.NaN],
    ['nan', [1, Number.NaN, 3], Number.NaN],
    ['nan', [], Number.NaN],
    ['infinite', [1, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
    ['infinite', [5e-324, 1e300], Number.POSITIVE_INFINITY],
    ['zero', [0, 4], Number.POSITIVE_INFINITY],
    ['zero', [0, 0], Number.NaN],
    ['negative', [-2, 4], -2],
    ['negative', [-2, -1], 0.5],
  ])('fails as %s: %j', (reason, eigenvalues, quotient) => {
    expect(conditionOutcome(eigenvalues)).toEqual({ kind: 'failed', reason, quotient });
  });

  it('is finite and at least 1, or failed', () => {
    const spectrum = fc
      .array(fc.double(), { minLength: 1, maxLength: 12 })
      .map((values) => Float64Array.from(values).toSorted());
    fc.assert(
      fc.property(spectrum, (eigenvalues) => {
        const outcome = conditionOutcome(eigenvalues);
        if (outcome.kind === 'failed') return eigenvalues[0]! <= 0 || !Number.isFinite(outcome.quotient);
        return Number.isFinite(outcome.conditionNumber) && outcome.conditionNumber >= 1;
      }),
    );
  });

  it('is that of the reference fixtures', (context) => {
    if (!existsSync(golden)) context.skip(`no fixtures at ${golden}; set TENAS_SHARED to test against them`);
    const expected = {
      'nb201-supernet-full': [31.937, 137.148],
      'nb201-arch-conv3x3': [6.54488, 12.1862],
      'darts-supernet-imagenet': [3009.3, 4028.12],
    };
    for (const [name, kappas] of Object.entries(expected)) {
      const { tensors } = readSafetensors(readFileSync(join(golden, `${name}.safetensors`)));
      for (const [index, mode] of ['batch', 'sample'].entries()) {
        const outcome = conditionOutcome(tensors.get(`expected.eigenvalues_${mode}`)!.data as Float64Array);
        expect(outcome.kind).toBe('ok');
        if (outcome.kind === 'ok') expect(outcome.conditionNumber / kappas[index]! - 1).toBeCloseTo(0, 5);
      }
    }
  });
});
