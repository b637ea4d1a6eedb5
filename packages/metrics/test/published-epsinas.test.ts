import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from '@tenas/data';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../src/index.js';

// The published scores of epsinas on CIFAR-10, where they are present: of 9,226 of the 15,625 networks of NAS-Bench-201.
const data = join(
  process.env.TENAS_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared'),
  'data',
);
const files = ['proxies/nb201_epsinas.csv', 'nas-bench-201/accuracy.csv', 'cifar-10-batches-bin'];
const absent = files.find((file) => !existsSync(join(data, file)));
const note = absent === undefined ? '' : ` (skipped: no ${absent} in ${data}; set TENAS_SHARED)`;

/** One in so many networks. */
const STEP = 151;

/** Columns of a table of numbers and words, without its head. */
function rowsOf(file: string): string[][] {
  const lines = readFileSync(join(data, file), 'utf8').trim().split('\n').slice(1);
  return lines.filter((_, row) => row % STEP === 0).map((line) => line.split(','));
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => values.filter((other) => other < value).length);
}

/** Correlation of ranks, of which none are tied. */
function spearman(one: readonly number[], other: readonly number[]): number {
  const n = one.length;
  const [a, b] = [ranks(one), ranks(other)];
  const squares = a.reduce((sum, rank, place) => sum + (rank - b[place]!) ** 2, 0);
  return 1 - (6 * squares) / (n * (n ** 2 - 1));
}

describe.skipIf(absent !== undefined)(`epsinas as published${note}`, () => {
  it('has values of the same networks, in about the same order', { timeout: 300_000 }, async () => {
    const published = rowsOf('proxies/nb201_epsinas.csv').map(([, cifar10]) =>
      cifar10 === '' ? null : Number(cifar10),
    );
    const architectures = rowsOf('nas-bench-201/accuracy.csv').map(
      (row) => row.find((cell) => cell.includes('|'))!,
    );
    expect(architectures).toHaveLength(published.length);
    const source = await openDataset({ dataset: 'cifar10', data });
    using evaluator = new Evaluator({
      ...{ space: getSpace('nas-bench-201'), source, seed: 1, repeats: 4, device: 'cpu' },
      metrics: [{ metric: 'epsinas', settings: { variant: 'published', batchSize: 64 } }],
    });
    const scored = await evaluator.score(architectures);
    const found = scored.map(({ scores }) => scores.epsinas!.value);
    expect(found.map((value) => value === null)).toEqual(published.map((value) => value === null));
    // Batches of images differ: two of ours agree to 0.97 to 0.99.
    const both = published.flatMap((value, place) =>
      value === null ? [] : [[value, found[place]!] as const],
    );
    expect(both.length).toBeGreaterThan(50);
    expect(
      spearman(
        both.map(([value]) => value),
        both.map(([, value]) => value),
      ),
    ).toBeGreaterThan(0.97);
  });
});
