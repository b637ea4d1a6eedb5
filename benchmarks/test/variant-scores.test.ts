import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticImages } from '@tenas/data';
import { readCsv } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scoreVariant, worthInFile } from '../src/variant-scores.js';

const space = getSpace(nasBench201.name);
const CELLS = space.sample({ count: 40, seed: 1 }).map(space.format);

describe('scores of a variant', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tenas-variant-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const score = async (file: string, architectures: readonly string[]) => {
    const progress: number[] = [];
    await scoreVariant({
      ...{ space, architectures, file, threads: 1, source: syntheticImages() },
      variant: { name: 'counts', metrics: ['depth', 'params'] },
      onProgress: (done) => progress.push(done),
    });
    return progress;
  };

  it('are kept where they are there, and added where they are not', async () => {
    const file = join(folder, 'counts.csv');
    writeFileSync(file, `arch,depth,params\n${CELLS[1]},-7,\n`);
    expect(await score(file, CELLS)).toEqual([6, 11, 16, 21, 26, 31, 36, 40]);
    expect(await score(file, CELLS)).toEqual([]);
    const worth = worthInFile(file, ['depth', 'params'], CELLS);
    expect(worth.get('depth')?.[1]).toBe(-7);
    expect(worth.get('params')?.[1]).toBeNaN();
    expect(worth.get('params')?.filter(Number.isFinite)).toHaveLength(39);
    expect(readCsv(readFileSync(file, 'utf8'), file).rows).toHaveLength(40);
  });

  it('are scored again where the file lacks a metric', async () => {
    const file = join(folder, 'counts.csv');
    writeFileSync(file, `arch,depth\n${CELLS[0]},-7\n`);
    expect(await score(file, CELLS.slice(0, 2))).toEqual([2]);
    expect(worthInFile(file, ['depth'], CELLS.slice(0, 1)).get('depth')?.[0]).toBeGreaterThanOrEqual(0);
  });
});
