import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { requireBuild, start } from './support/built-command.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const SHARDS = 7;
const cell = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|';
const scores = `score: [{architectures: {sample: 90, seed: 3}, seeds: [0, 1], ${tiny}}]`;
const mixed = `datasets: {tiny: {dataset: synthetic, size: 16, seed: 3}}
${scores}
search: {strategy: random, settings: {samples: 3}, metrics: [naswot], seeds: 0..5}
train: {datasets: tiny, architectures: ['${cell}'], images: 64, epochs: 1, batchSizes: 32, channels: 4, cells: 1, seeds: 0..2}`;
let spec: string;
let whole: unknown[];

const at = (name: string) => join(folder, name);
const shards = Array.from({ length: SHARDS }, (_, index) => at(`shard-${index}`));
const run = (out: string, ...more: string[]) =>
  tenas(['batch', 'run', spec, '--out', out, '--threads', '2', '--quiet', ...more]);

/** Every job of a store, in order, without what depends on who evaluated it and when. */
async function rowsOf(out: string): Promise<unknown[]> {
  const { code, out: text, err } = await tenas(['batch', 'export', out, '--format', 'jsonl', '--all']);
  expect(code, err).toBe(0);
  const varying = [
    'seconds',
    'metricSeconds',
    'finishedAt',
    'worker',
    'startedAt',
    'threads',
    'imagesPerSecond',
  ];
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line, (name, value) => (varying.includes(name) ? undefined : value)));
}

async function merged(out: string, from: readonly string[]) {
  const { code, out: text, err } = await tenas(['batch', 'merge', out, ...from, '--json']);
  expect(code, text + err).toBe(0);
  return JSON.parse(text);
}

beforeAll(async () => {
  requireBuild();
  spec = writeSpec(folder, 'mixed', mixed);
  expect((await run(at('whole'))).code).toBe(0);
  whole = await rowsOf(at('whole'));
  let jobs = 0;
  for (const [index, shard] of shards.entries()) {
    const { code, out } = await run(shard, '--shard', `${index}/${SHARDS}`, '--json');
    expect(code).toBe(0);
    const summary = JSON.parse(out);
    expect(summary.shard).toBe(`${index}/${SHARDS}`);
    expect(summary.jobs.total).toBeGreaterThan(0);
    jobs += summary.jobs.total;
  }
  expect(jobs).toBe(whole.length);
}, 300_000);

describe('shards of a batch', { timeout: 600_000 }, () => {
  it('merged are one run, row for row, with its networks; merging again changes nothing', async () => {
    const out = at('merged');
    expect(await merged(out, shards)).toMatchObject({
      jobs: { total: whole.length, done: whole.length, failed: 0, waiting: 0 },
      added: { jobs: whole.length },
      shard: null,
    });
    expect(await rowsOf(out)).toEqual(whole);
    for (const key of readdirSync(join(at('whole'), 'trained'))) {
      const weights = (store: string) => readFileSync(join(store, 'trained', key, 'model.safetensors'));
      expect(weights(out).equals(weights(at('whole')))).toBe(true);
    }
    expect(readdirSync(join(out, 'trained'))).toHaveLength(3);
    const before = (await tenas(['batch', 'export', out, '--format', 'jsonl'])).out;
    expect(await merged(out, shards.toReversed())).toMatchObject({ added: { jobs: 0, evaluations: 0 } });
    expect((await tenas(['batch', 'export', out, '--format', 'jsonl'])).out).toBe(before);
    const again = await run(out, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ evaluations: 0, jobs: { done: whole.length } });
  });

  it('merged in part, and then the rest; what is missing can be run there', async () => {
    const out = at('partial');
    expect(await merged(out, [shards[5]!, shards[0]!])).toMatchObject({ shard: '0,5/7' });
    expect(await merged(out, shards.slice(1, 4))).toMatchObject({ shard: '0,1,2,3,5/7' });
    const copy = at('partial-run');
    cpSync(out, copy, { recursive: true });
    expect((await run(copy)).code).toBe(0);
    expect(await rowsOf(copy)).toEqual(whole);
    expect(await merged(out, shards.slice(4))).toMatchObject({ shard: null });
    expect(await rowsOf(out)).toEqual(whole);
  });

  it('merged while they are cut off and after they were completed are one run', async () => {
    const out = at('cut');
    const cut = shards.map((_, index) => at(`cut-${index}`));
    for (const [index, shard] of cut.entries()) {
      const flags = ['--shard', `${index}/${SHARDS}`, '--threads', '1'];
      const { child, ended, says } = start(['batch', 'run', spec, '--out', shard, ...flags], folder);
      await Promise.race([says('evaluations to make').catch(() => undefined), ended]);
      await sleep(30 * index);
      child.kill('SIGKILL');
      await ended;
    }
    // One that was killed before it had made its store has nothing to merge.
    const begun = cut.filter(
      (shard) => (statSync(join(shard, 'batch.sqlite'), { throwIfNoEntry: false })?.size ?? 0) > 0,
    );
    expect(begun.length).toBeGreaterThan(0);
    await merged(out, begun);
    for (const [index, shard] of cut.entries()) {
      expect((await run(shard, '--shard', `${index}/${SHARDS}`)).code).toBe(0);
    }
    expect(await merged(out, cut)).toMatchObject({ shard: null, jobs: { done: whole.length } });
    expect(await rowsOf(out)).toEqual(whole);
  });

  it('merged by a command that is killed are completed by the next', async () => {
    const out = at('killed');
    for (let kill = 0; kill < 6; kill++) {
      const { child, ended } = start(['batch', 'merge', out, ...shards], folder);
      await sleep(150 + 60 * kill);
      child.kill('SIGKILL');
      await ended;
    }
    expect(await merged(out, shards)).toMatchObject({ shard: null });
    expect(await rowsOf(out)).toEqual(whole);
  });

  it('are refused beside those of another spec, of another version, of another number, or damaged', async () => {
    const refusal = async (from: string, into = at('merged-again')) => {
      const { code, out } = await tenas(['batch', 'merge', into, from, '--json']);
      const { code: error, message } = JSON.parse(out).error;
      return { code, error, message };
    };
    await merged(at('merged-again'), shards.slice(0, 2));
    const other = writeSpec(folder, 'other', scores.replace('seed: 3', 'seed: 4'));
    const args = ['--out', at('other'), '--shard', '0/7', '--threads', '2', '--quiet'];
    expect((await tenas(['batch', 'run', other, ...args])).code).toBe(0);
    expect(await refusal(at('other'))).toMatchObject({
      ...{ code: 2, error: 'BATCH_MISMATCH', message: expect.stringContaining('another spec') },
    });
    expect((await run(at('of-three'), '--shard', '0/3')).code).toBe(0);
    expect(await refusal(at('of-three'))).toMatchObject({
      ...{ code: 2, message: expect.stringContaining('shards of one number') },
    });
    expect(await refusal(at('merged-again'))).toMatchObject({ code: 2, error: 'OPTION_INVALID' });
    const damaged = at('damaged');
    cpSync(shards[2]!, damaged, { recursive: true });
    const database = new Database(join(damaged, 'batch.sqlite'));
    database.exec('UPDATE units SET seconds = seconds + 1 WHERE id = 3');
    database.close();
    expect(await refusal(damaged)).toMatchObject({ code: 3, error: 'STORE_DAMAGED' });
    rmSync(damaged, { recursive: true });
    expect(await refusal(damaged)).toMatchObject({ code: 2, error: 'STORE_MISSING' });
    expect(await merged(at('merged-again'), shards)).toMatchObject({ shard: null });
    expect(await rowsOf(at('merged-again'))).toEqual(whole);
  });

  it('are all checked before the first is merged, and the bad one is named', async () => {
    const out = at('unmerged');
    const refusal = async (...from: string[]) => {
      const { code, out: text } = await tenas(['batch', 'merge', out, ...from, '--json']);
      expect(existsSync(join(out, 'batch.sqlite'))).toBe(false);
      return { code, ...JSON.parse(text).error };
    };
    expect(await refusal(shards[0]!, shards[1]!, at('absent'))).toMatchObject({
      ...{ code: 'STORE_MISSING', message: expect.stringContaining(at('absent')) },
    });
    const damaged = at('later-damaged');
    cpSync(shards[2]!, damaged, { recursive: true });
    const database = new Database(join(damaged, 'batch.sqlite'));
    database.exec('UPDATE units SET seconds = seconds + 1 WHERE id = 3');
    database.close();
    expect(await refusal(shards[0]!, damaged)).toMatchObject({
      ...{ code: 'STORE_DAMAGED', message: expect.stringContaining(damaged) },
    });
    const stripped = at('without-networks');
    const withTraining = shards.find((shard) => existsSync(join(shard, 'trained')))!;
    cpSync(withTraining, stripped, { recursive: true });
    rmSync(join(stripped, 'trained'), { recursive: true });
    const others = shards.filter((shard) => shard !== withTraining).slice(0, 2);
    expect(await refusal(...others, stripped)).toMatchObject({
      ...{ code: 'BATCH_MISMATCH', value: stripped, message: expect.stringContaining('is missing') },
    });
  });

  it.each([
    ['3/3', '0/3 to 2/3'],
    ['1/1', '0/1'],
    ['0/0', '0/7 to 6/7'],
    ['0/1000001', '0/7 to 6/7'],
  ])('--shard %s is told the valid range', async (given, range) => {
    const { code, err } = await run(at('refused'), `--shard=${given}`);
    expect(code).toBe(2);
    expect(err).toContain(
      `--shard: got "${given}"; give I/N, with I from 0 to N - 1 and N from 1 to 1000000, as ${range}\n`,
    );
  });

  it.each(['7/7', '1', '-1/3', '1/0', 'a/b'])('--shard %s is refused', async (given) => {
    const { code, out } = await run(at('refused'), '--json', `--shard=${given}`);
    expect(code).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({ code: 'OPTION_INVALID', field: '--shard', value: given });
  });
});
