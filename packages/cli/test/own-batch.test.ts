import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CsvTable, readCsv } from '@tenas/records';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported, jobCounts } from './support/batch-results.js';
import { requireBuild, start, tenasBuilt } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';
import { sha256Of, writeOwnFiles, writeOwnSpec } from './support/own-files.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const folder = temporaryFolder();
const absent = redisAbsent();
const arch = 'conv_3x3 > skip_connect > avg_pool_3x3';
const space = ['--space', './chain.mjs'];
const metric = ['--metric', './gram-mean.mjs'];
const strategy = ['--strategy', './climb.mjs'];
/** Cells of the space of docs/extending.md, and its one search. */
const jobs = 4 ** 3 + 1;

beforeAll(() => {
  requireBuild();
  writeOwnFiles(folder);
  writeOwnSpec(folder);
});

async function succeeds(...argv: string[]) {
  const { code, out, err } = await tenasServed([...argv, '--json'], folder);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  return JSON.parse(out);
}

async function isRefused(...argv: string[]) {
  const { code, out } = await tenasServed([...argv, '--json'], folder);
  expect(code).toBe(2);
  return JSON.parse(out).error;
}

const reference = (kind: string, name: string) => ({
  kind,
  name,
  sha256: sha256Of(join(folder, `${name}.mjs`)),
});

function scoresIn({ rows }: CsvTable) {
  return rows.map(({ cells }) => cells).filter(({ kind }) => kind === 'score');
}

describe('a space, a metric and a strategy, each in one file', () => {
  it('score and search', async () => {
    const scored = await succeeds('score', ...space, ...metric, '--arch', arch);
    expect(scored).toMatchObject({
      plugins: [reference('space', 'chain'), reference('metric', 'gram-mean')],
      scores: { 'gram-mean': { value: expect.any(Number), repeats: { length: 3 } } },
    });
    const found = await succeeds('search', ...space, ...metric, ...strategy, '--set', 'most=12');
    expect(found).toMatchObject({
      strategy: 'climb',
      status: 'complete',
      plugins: [
        reference('space', 'chain'),
        reference('metric', 'gram-mean'),
        reference('strategy', 'climb'),
      ],
      scores: { 'gram-mean': { value: expect.any(Number) } },
    });
  });

  it('make a batch, whose export has a column for each metric', { timeout: 600_000 }, async () => {
    expect(await succeeds('batch', 'run', 'own.yaml', '--out', 'own', '--dry-run')).toMatchObject({ jobs });
    expect(await succeeds('batch', 'run', 'own.yaml', '--out', 'own')).toMatchObject({
      jobs: { total: jobs, done: jobs },
    });
    await succeeds('batch', 'export', 'own', '--file', 'own.csv');
    const table = readCsv(readFileSync(join(folder, 'own.csv'), 'utf8'), 'own.csv');
    expect(table.columns.slice(-6)).toEqual([
      ...['strategy', 'settings', 'gram-mean', 'gram-mean.repeats', 'naswot', 'naswot.repeats'],
    ]);
    const scored = await succeeds('score', ...space, ...metric, '--arch', arch);
    const cells = scoresIn(table).find(({ architecture }) => architecture === arch)!;
    expect(Number(cells['gram-mean'])).toBe(scored.scores['gram-mean'].value);
    expect(cells['gram-mean.repeats']!.split(';').map(Number)).toEqual(scored.scores['gram-mean'].repeats);
    expect(cells).toMatchObject({ space: 'chain', kappa: '', ntkMode: '', strategy: '', repeats: '3' });
    const [search] = table.rows.map((row) => row.cells).filter(({ kind }) => kind === 'search');
    expect(search).toMatchObject({ strategy: 'climb', protocol: '', naswot: '', status: 'done' });

    // The store has the numbers that the file gave; a store of an earlier version gets them by --space.
    const numbers = (rows: readonly Record<string, string>[]) =>
      rows.map(({ index }) => Number(index)).sort((a, b) => a - b);
    expect(numbers(scoresIn(table))).toEqual(Array.from({ length: 4 ** 3 }, (_, index) => index));
    await succeeds('batch', 'export', 'own', ...space, '--file', 'numbered.csv');
    const numbered = scoresIn(readCsv(readFileSync(join(folder, 'numbered.csv'), 'utf8'), 'numbered.csv'));
    expect(numbers(numbered)).toEqual(numbers(scoresIn(table)));

    const rows = await exported('own', folder);
    expect(rows).toHaveLength(jobs);
    for (const row of rows as { kind: string; settings: object; result: object }[]) {
      const plugins = [reference('metric', 'gram-mean'), reference('space', 'chain')];
      if (row.kind === 'search') plugins.push(reference('strategy', 'climb'));
      expect([row.settings, row.result]).toMatchObject([{ plugins }, { plugins }]);
    }
    const best = await succeeds('batch', 'results', 'own', '--kind', 'score', '--limit', '2');
    const values = scoresIn(table).map((row) => Number(row['gram-mean'] || '-Infinity'));
    expect(best[0]['gram-mean']).toBe(Math.max(...values));
    expect((await tenasServed(['batch', 'results', 'own'], folder)).out).toContain('gram-mean');
    expect((await tenasServed(['batch', 'status', 'own'], folder)).out).toContain(
      'search by climb (gram-mean)',
    );
    expect(await isRefused('batch', 'results', 'own', '--sort', 'kappa')).toMatchObject({
      message: expect.stringContaining(
        'give one of gram-mean, naswot, params, flops, rank, seconds, seed, order',
      ),
    });
    // The same again, from another folder: what counts is what is in the files.
    mkdirSync(join(folder, 'moved'));
    for (const file of ['chain.mjs', 'gram-mean.mjs', 'climb.mjs', 'own.yaml']) {
      copyFileSync(join(folder, file), join(folder, 'moved', file));
    }
    // A process that knows the first files would call them taken.
    const moved = ['batch', 'run', 'moved/own.yaml', '--out', 'own', '--json'];
    expect(JSON.parse((await tenasBuilt(moved, folder)).out)).toMatchObject({
      evaluations: 0,
      jobs: { skipped: jobs },
    });
  });

  it('are evaluated and reported by the metric’s name', async () => {
    const table = readCsv(readFileSync(join(folder, 'own.csv'), 'utf8'), 'own.csv');
    const accuracies = scoresIn(table).map(
      ({ architecture, ...row }) => `${architecture},${50 + 10 * Math.tanh(Number(row.naswot) / 100)}`,
    );
    writeFileSync(join(folder, 'accuracy.csv'), ['architecture,test-accuracy', ...accuracies, ''].join('\n'));
    const evaluated = await succeeds(
      ...['evaluate', 'own.csv', '--table', 'accuracy.csv', ...space, ...metric, '--resamples', '0'],
    );
    const judged = evaluated.metrics.map(({ name }: { name: string }) => name);
    expect(judged.filter((name: string) => !name.includes('('))).toEqual([
      ...['params', 'flops', 'naswot', 'gram-mean', 'depth', 'random'],
    ]);
    await succeeds('report', 'own.csv', ...metric, '--out', 'own.html');
    const page = readFileSync(join(folder, 'own.html'), 'utf8');
    expect(page.includes('Mean of the kernel’s entries')).toBe(true);
  });

  it('are refused by name once a file changed', async () => {
    mkdirSync(join(folder, 'changed'));
    for (const file of ['chain.mjs', 'gram-mean.mjs', 'climb.mjs', 'own.yaml']) {
      copyFileSync(join(folder, file), join(folder, 'changed', file));
    }
    appendFileSync(join(folder, 'changed', 'gram-mean.mjs'), '// another day\n');
    const hashes = ['.', 'changed'].map((at) => sha256Of(join(folder, at, 'gram-mean.mjs')));
    for (const more of [[], ['--dry-run']]) {
      const run = ['batch', 'run', 'changed/own.yaml', '--out', 'own', '--json', ...more];
      const { code, out } = await tenasBuilt(run, folder);
      expect(code).toBe(2);
      const { error } = JSON.parse(out);
      expect(error).toMatchObject({ code: 'PLUG_IN_CHANGED', field: 'metric' });
      for (const part of ['metric gram-mean changed', ...hashes]) expect(error.message).toContain(part);
    }
    expect((await jobCounts('own', folder)).done).toBe(jobs);
  });

  it.skipIf(absent !== null)(
    `go to workers that were given the same files${absent === null ? '' : ` (skipped: ${absent})`}`,
    { timeout: 600_000 },
    async () => {
      await using redis = await RedisServer.start();
      const worker = (...files: string[]) =>
        start(['worker', '--queue', redis.url, '--concurrency', '2', ...files, '--json'], folder);
      const run = ['batch', 'run', 'own.yaml', '--out', 'queued', '--queue', redis.url];
      const coordinator = start(run, folder);
      await coordinator.says('evaluations to make');
      const missing = await worker().ended;
      expect(missing.code).toBe(2);
      expect(JSON.parse(missing.out).error).toMatchObject({
        code: 'PLUG_IN_MISSING',
        message: expect.stringMatching(
          /needs the metric gram-mean with SHA-256 \w{64}; start .* --metric FILE/,
        ),
      });
      const others = ['--metric', './changed/gram-mean.mjs', ...space, ...strategy];
      const changed = await worker(...others).ended;
      expect(changed.code).toBe(2);
      const { code, message } = JSON.parse(changed.out).error;
      expect(code).toBe('PLUG_IN_CHANGED');
      for (const at of ['.', 'changed'])
        expect(message).toContain(sha256Of(join(folder, at, 'gram-mean.mjs')));

      const able = worker(...metric, ...space, ...strategy);
      const { code: ended, err } = await coordinator.ended;
      able.child.kill('SIGINT');
      expect((await able.ended).code).toBe(130);
      expect(ended).toBe(0);
      expect(err).toMatch(/worker .* left: the metric gram-mean of this worker has SHA-256/);
      expect(await exported('queued', folder)).toEqual(await exported('own', folder));
    },
  );
});
