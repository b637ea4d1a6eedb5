import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScoreDocument, readSearchRecord } from '@tenas/records';
import { describe, expect, it } from 'vitest';
import { engineNotes } from '../../../test/support/engine-notes.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';
import { smallSearch } from './support/small-search.js';

const note = "the CPU evaluated, as the task 'codes' has no CUDA form";
const folder = temporaryFolder();

async function succeeds(...argv: string[]) {
  engineNotes(note);
  const { code, out, err } = await tenas([...argv, '--json']);
  expect(code, err).toBe(0);
  return { document: JSON.parse(out), told: err.split('\n').filter((line) => line.startsWith('note: ')) };
}

describe('what the engine has to tell people', () => {
  const arch = ['--arch', '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|'];

  it('is told once by tenas score, and in its document', async () => {
    const metrics = ['--metrics', 'naswot,ntk', '--set', 'naswot.batchSize=4', '--set', 'ntk.batchSize=4'];
    const { document, told } = await succeeds('score', ...arch, ...metrics, '--repeats', '2');
    expect(told).toEqual([`note: ${note}`]);
    expect(document.notes).toEqual([note]);
    expect(readScoreDocument(document, 'score')).toEqual(document);
  });

  it.each([
    ['prune', ...smallSearch],
    ['random', '--set', 'samples=30', '--set', 'naswot.batchSize=4'],
  ])('is told once by tenas search --strategy %s, and in its record', async (strategy, ...settings) => {
    const { document, told } = await succeeds(
      ...['search', '--strategy', strategy, ...settings, '--out', join(folder, strategy)],
    );
    expect(told).toEqual([`note: ${note}`]);
    const { record: _, ...record } = document;
    expect(readSearchRecord(record).notes).toEqual([note]);
  });

  it('is told once by tenas bench, and in its document', async () => {
    const few = ['--batch', '4', '--evaluations', '1', '--repetitions', '2', '--threads', '1,2'];
    const { document, told } = await succeeds('bench', ...few);
    expect(told).toEqual([`note: ${note}`]);
    expect(document.notes).toEqual([note]);
  });

  it('is told once by tenas batch run', async () => {
    const spec = join(folder, 'spec.yaml');
    const small = 'repeats: 1, ntk: {batchSize: 4}, regions: {batches: 1, batchSize: 40}';
    writeFileSync(
      spec,
      `score: {architectures: {sample: 3, seed: 1}, ${small}}\nsearch: {seeds: [0, 1], overrides: {${small}, finals: null}}`,
    );
    const { told } = await succeeds('batch', 'run', spec, '--out', join(folder, 'batch'));
    expect(told).toEqual([`note: ${note}`]);
  });

  it('is nothing where there is nothing to tell', async () => {
    const { code, out, err } = await tenas(['score', ...arch, '--metrics', 'params', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).not.toHaveProperty('notes');
    expect(err).not.toContain('note');
  });
});
