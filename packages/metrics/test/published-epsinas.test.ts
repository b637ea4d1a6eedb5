import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '@tenas/base/settings';
import { normalisedImages, openDataset } from '@tenas/data';
import { Program } from '@tenas/native';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { epsinas } from '../src/list/epsinas.js';

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

/** Rows of a table, without its head. */
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

/** The value of the network of an architecture, as published: some of the images, neither cropped nor flipped. */
async function publishedForm(architecture: string, images: Float32Array): Promise<number | null> {
  const settings = { ...readSettings('epsinas', epsinas.settings), variant: 'published' as const };
  const space = getSpace('nas-bench-201');
  const size = space.sizes.final({ classes: 10, height: 32, width: 32 });
  const graph = space.network(space.parse(architecture), size);
  using program = Program.compile(graph);
  const coefficients = new Float64Array(graph.slots.length).fill(1);
  const { evaluations } = await program.evaluate({
    tasks: epsinas.tasks(settings, graph),
    batchSize: settings.batchSize,
    candidates: [coefficients],
    repeats: [{ inputs: images, weights: { kind: 'seeded', seed: 0, repeat: 0, init: 'pytorch' } }],
    device: 'cpu',
  });
  const weights = () => new Float32Array(0);
  const value = epsinas.value(evaluations[0]!, { settings, graph, coefficients, weights });
  return typeof value === 'number' ? value : null;
}

describe.skipIf(absent !== undefined)(`epsinas as published${note}`, () => {
  it('has values of the same networks, in the same order', { timeout: 600_000 }, async () => {
    const published = rowsOf('proxies/nb201_epsinas.csv').map(([, cifar10]) =>
      cifar10 === '' ? null : Number(cifar10),
    );
    const source = await openDataset({ dataset: 'cifar10', data });
    const images = await normalisedImages(
      source,
      Array.from({ length: 256 }, (_, image) => image),
    );
    const found: (number | null)[] = [];
    for (const row of rowsOf('nas-bench-201/accuracy.csv')) {
      found.push(await publishedForm(row.find((cell) => cell.includes('|'))!, images));
    }
    expect(found.map((value) => value === null)).toEqual(published.map((value) => value === null));
    const both = published.flatMap((value, place) =>
      value === null ? [] : [[value, found[place]!] as const],
    );
    expect(both.length).toBeGreaterThan(50);
    const [theirs, ours] = [both.map(([value]) => value), both.map(([, value]) => value)];
    expect(spearman(theirs, ours)).toBeGreaterThan(0.99);
  });
});
