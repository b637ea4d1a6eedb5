import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SpecDatasets } from '../src/datasets.js';
import { planBatch } from '../src/plan.js';
import { PlugIns } from '../src/plug-ins.js';
import { parseSpec } from '../src/spec/read-spec.js';
import { temporaryFolder } from './temporary-folder.js';

async function plan(text: string): Promise<void> {
  const read = parseSpec(text, 'spec.yaml', '/specs');
  await using datasets = new SpecDatasets(read);
  await planBatch(read, { datasets, plugIns: new PlugIns() });
}

const pool = '|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|';

describe('a plan of a spec that is wrong in several places', () => {
  it('names the mistakes of independent parts at once, in the order of the file', async () => {
    const text = `search:
  - strategy: luck
    spaces: [nas-bench-201, dart]
    metrics: [params, size, weight]
    datasets: [mnist, synthetic]
  - protocols: [fast, quick]
    metrics: [size]
train:
  architectures: ['${pool}']
  datasets: mnist
  recipes: slow
score:
  architectures: ['nonsense']
  metrics: [height]`;
    const error: unknown = await plan(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SPEC_INVALID', field: 'search[0].strategy' });
    const lines = (error as Error).message.split('\n');
    expect(lines.map((line) => /^spec\.yaml:\d+: \S+:/.exec(line)?.[0])).toEqual([
      'spec.yaml:2: search[0].strategy:',
      'spec.yaml:3: search[0].spaces[1]:',
      'spec.yaml:4: search[0].metrics[1]:',
      'spec.yaml:5: search[0].datasets[0]:',
      'spec.yaml:6: search[1].protocols[1]:',
      'spec.yaml:7: search[1].metrics[0]:',
      'spec.yaml:10: train[0].datasets[0]:',
      'spec.yaml:11: train[0].recipes[0]:',
      'spec.yaml:14: score[0].metrics[0]:',
    ]);
  });

  it('names the mistakes of several sections whose names are right', async () => {
    const text = `score:
  - architectures: ['nonsense']
  - architectures: {sample: 99999}
train: {architectures: {batch: nowhere}}`;
    await expect(plan(text)).rejects.toThrow(
      /^spec\.yaml:2: score\[0\][\s\S]*\nspec\.yaml:3: score\[1\].*\nspec\.yaml:4: train\[0\]/,
    );
  });

  it('opens no dataset of a spec with a wrong name', async () => {
    const text = `datasets: {cifar10: {data: nowhere}}
search: {datasets: cifar10}
score: {architectures: ['${pool}'], metrics: height}`;
    await expect(plan(text)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringMatching(/^spec\.yaml:3: score\[0\]\.metrics[^\n]*$/),
    });
    await expect(plan(text.replace('height', 'params'))).rejects.toMatchObject({ code: 'DATA_MISSING' });
  });
});

describe('a list of architectures', () => {
  it.each(['list', 'list.csv'])('may have no name that no file has: %s', async (name) => {
    const text = `score: {architectures: {file: "a\\0${name}"}, metrics: [params]}`;
    await expect(plan(text)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringMatching(
        /^spec\.yaml:1: score\[0\]\.architectures\.file: .*list(\.csv)? is no name of a file: it has a character NUL$/,
      ),
    });
  });

  it('may not be one endless line', async () => {
    const folder = await temporaryFolder();
    const list = join(folder, 'list.txt');
    await writeFile(list, Buffer.alloc(3_000_000, 'x'));
    await expect(plan(`score: {architectures: {file: ${list}}, metrics: [params]}`)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringContaining(
        `spec.yaml:1: score[0].architectures.file: ${list} has a line of more than`,
      ),
    });
  });
});
