import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regressionError } from '../src/list/kernel-regression.js';
import { solved } from '../src/list/linear-system.js';

const golden = join(
  process.env.TENAS_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared'),
  'golden-metrics',
);
const files = existsSync(golden) ? readdirSync(golden).filter((file) => file.endsWith('.safetensors')) : [];
const note = files.length > 0 ? '' : ` (skipped: no fixtures in ${golden}; set TENAS_SHARED)`;

describe('a linear system', () => {
  it('is solved by what it was made of', () => {
    const entry = fc.double({ min: -1, max: 1, noNaN: true });
    const system = fc.integer({ min: 1, max: 9 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        entries: fc.array(entry, { minLength: n * n, maxLength: n * n }),
        x: fc.array(entry, { minLength: 2 * n, maxLength: 2 * n }),
      }),
    );
    fc.assert(
      fc.property(system, ({ n, entries, x }) => {
        // The diagonal outweighs its row, so the matrix is far from singular; rows are turned round, so pivots move.
        const matrix = Float64Array.from(entries);
        for (let row = 0; row < n; row++) matrix[row * n + (n - 1 - row)]! += 2 * n;
        const right = new Float64Array(2 * n);
        for (let row = 0; row < n; row++) {
          for (let k = 0; k < n; k++) {
            right[2 * row]! += matrix[row * n + k]! * x[2 * k]!;
            right[2 * row + 1]! += matrix[row * n + k]! * x[2 * k + 1]!;
          }
        }
        const found = solved(matrix, right, n)!;
        for (const [place, value] of x.entries()) expect(found[place]).toBeCloseTo(value, 10);
      }),
    );
  });

  it('has no solution where it is singular or not finite', () => {
    expect(solved(Float64Array.of(1, 2, 2, 4), Float64Array.of(1, 1), 2)).toBeNull();
    expect(solved(Float64Array.of(0, 0, 0, 0), Float64Array.of(0, 0), 2)).toBeNull();
    expect(solved(Float64Array.of(Number.NaN, 0, 0, 1), Float64Array.of(1, 1), 2)).toBeNull();
  });
});

describe('kernel regression', () => {
  const labels = Int32Array.of(0, 1, 0);
  const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

  it('makes no error on the images that it learned from, and the mean size of the targets where it knows nothing', () => {
    const same = { train: identity, cross: identity, labels, otherLabels: labels, classes: 2, ridge: 0 };
    expect(regressionError(same)).toBeCloseTo(0, 15);
    // Targets (1/3, -1/3) twice, (-2/3, 2/3) once.
    const blind = { ...same, cross: new Float64Array(9) };
    expect(regressionError(blind)).toBeCloseTo((2 * (2 / 9) + 8 / 9) / 3, 15);
    // Half of every target is predicted where the ridge is as large as the kernel.
    expect(regressionError({ ...same, ridge: 1 })).toBeCloseTo((2 * (2 / 9) + 8 / 9) / 12, 15);
  });

  it('has no value where the kernel is singular, unless a ridge mends it', () => {
    const ones = new Float64Array(9).fill(1);
    const about = { train: ones, cross: ones, labels, otherLabels: labels, classes: 2 };
    expect(regressionError({ ...about, ridge: 0 })).toBeNull();
    expect(regressionError({ ...about, ridge: 0.1 })).toEqual(expect.any(Number));
  });

  it.skipIf(files.length === 0).each(files)(`is that of PyTorch on the kernels of %s${note}`, (file) => {
    const { tensors, metadata } = readSafetensors(readFileSync(join(golden, file)));
    const classes = JSON.parse(metadata.case!).params.num_classes as number;
    const numbers = (name: string) => Array.from(tensors.get(name)!.data, Number);
    const found = regressionError({
      train: Float64Array.from(numbers('expected.detail.tegnas.train_kernel')),
      cross: Float64Array.from(numbers('expected.detail.tegnas.cross_kernel')),
      labels: Int32Array.from(numbers('labels')),
      otherLabels: Int32Array.from(numbers('test_labels')),
      classes,
      ridge: 0,
    });
    expect(found! / numbers('expected.metric.tegnas_mse')[0]! - 1).toBeCloseTo(0, 8);
  });
});
