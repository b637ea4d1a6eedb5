import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

// Made by make-benchmarks.py beside it, in the form that the benchmarks are published in.
const benchmarks = new URL('../../evaluation/test/support/benchmarks.json', import.meta.url);
const files = JSON.parse(readFileSync(benchmarks, 'utf8')) as Record<string, string>;
const folder = temporaryFolder();
const nats = join(folder, 'NATS-tss-v1_0-3ffb9-simple');
mkdirSync(nats);
for (const name of ['000000.pickle.pbz2', '000001.pickle.pbz2']) {
  writeFileSync(join(nats, name), Buffer.from(files[name]!, 'base64'));
}

describe('data table', () => {
  it('makes a table that evaluate reads', async () => {
    const out = join(folder, 'new', 'accuracy.csv');
    const made = await tenas(['data', 'table', nats, '--out', out, '--json']);
    expect(made.code, made.err).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({
      ...{ source: nats, format: 'NATS-Bench folder', space: 'nas-bench-201', out, architectures: 2 },
      ...{ skipped: { count: 0, examples: [] }, notes: [] },
    });
    const [header, first = ''] = readFileSync(out, 'utf8').split('\n');
    expect(header).toMatch(/^arch,cifar10_valid12,cifar10_test12,.*,imagenet16_120_test200$/);
    expect(first).toMatch(/^\|avg_pool_3x3~0\|.*,/);
    const scores = join(folder, 'scores.csv');
    const cells = readFileSync(out, 'utf8').trim().split('\n').slice(1);
    writeFileSync(
      scores,
      `arch,naswot\n${cells.map((row, at) => `${row.split(',')[0]},${at}`).join('\n')}\n`,
    );
    const judged = await tenas(['evaluate', scores, '--table', out, '--resamples', '0', '--json']);
    expect(JSON.parse(judged.out).datasets).toHaveLength(12);
    const again = await tenas(['data', 'table', nats, '--out', out]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--force') });
    expect((await tenas(['data', 'table', nats, '--out', out, '--force'])).out).toMatch(
      /^written: .*accuracy\.csv, 2 architectures of nas-bench-201\nread as {3}NATS-Bench folder\ncolumns {3}cifar10_valid12, /,
    );
  });

  it('says what it left out', async () => {
    const path = join(folder, 'macro.json');
    const entry = { mean_acc: 90 };
    const noise = Array.from({ length: 12 }, (_, at) => [`noise ${at}`, entry]);
    const rows = Array.from({ length: 20 }, (_, at) => [at.toString(3).padStart(8, '0'), entry]);
    writeFileSync(path, JSON.stringify(Object.fromEntries([...rows, ...noise])));
    const out = join(folder, 'macro.csv');
    const made = await tenas(['data', 'table', path, '--out', out]);
    expect(made.out).toMatch(/^left out {2}12 that could not be read:\n {10}entry 21: noise 0: at position/m);
    expect(made.out).toContain('          and 2 more');
    expect(readFileSync(out, 'utf8')).toContain('arch,mean_acc\n00000000,90\n');
  });

  it.each([
    ['nowhere', /source: .*nowhere: no such file/],
    ['package.json', /JSON whose keys/],
  ])('%s is refused with what was expected, and nothing is written', async (name, message) => {
    const path =
      name === 'nowhere' ? join(folder, name) : new URL('../package.json', import.meta.url).pathname;
    const out = join(folder, 'never.csv');
    const { code, err } = await tenas(['data', 'table', path, '--out', out]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it('is told by its help which file to get, and where', async () => {
    const { out } = await tenas(['data', 'table', '--help']);
    for (const name of [
      'NATS-tss-v1_0-3ffb9-simple.tar',
      'zc_nasbench201.json',
      'nas-bench-macro_cifar10.json',
    ]) {
      expect(out).toContain(name);
    }
  });
});
