import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { smallDisk } from '@tenas/base/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowed } from '../../../test/support/patience.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported, jobCounts, tiny, writeSpec } from './support/batch-results.js';
import { requireBuild, start, tenasBuilt } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';

const folder = temporaryFolder();
const mounting = smallDisk(join(folder, 'disk'), '500k');
/** Some hundred jobs of some milliseconds each. */
const jobs = 240;
const spec = `score: {architectures: {sample: ${jobs / 2}, seed: 4}, seeds: [0, 1], isomorphic: each, ntk: {batchSize: 8}, repeats: 3, regions: {batches: 1, batchSize: 40}}`;
let path: string;
let undisturbed: unknown[];

const run = (out: string, ...more: string[]) => [
  'batch',
  'run',
  path,
  '--out',
  out,
  '--threads',
  '2',
  ...more,
];

afterAll(() => mounting.unmount());

beforeAll(async () => {
  requireBuild();
  path = writeSpec(folder, 'faults', spec);
  const { code, err } = await tenasServed(run('undisturbed'), folder);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  undisturbed = await exported('undisturbed', folder);
  expect(undisturbed).toHaveLength(jobs);
});

describe('a batch', () => {
  it('survives being killed 50 times at any moment', { timeout: 600_000 }, async () => {
    let random = 1;
    // A fixed sequence (minimal standard generator), so that a failure can be looked into.
    const uniform = () => {
      random = (random * 48_271) % 2_147_483_647;
      return random / 2_147_483_647;
    };
    let [kills, killedAtWork] = [0, 0];
    for (let round = 0; kills < 50; round++) {
      const out = `killed-${round}`;
      while (kills < 50) {
        const { child, ended, says } = start(run(out), folder);
        // Every other one at its work, the others at any time from their start.
        const atWork = kills % 2 === 1;
        if (atWork) await says('evaluations to make').catch(() => undefined);
        await Promise.race([sleep((atWork ? 200 : 500) * uniform()), ended]);
        if (!child.kill('SIGKILL')) {
          expect((await ended).code).toBe(0);
          break;
        }
        await ended;
        if (child.exitCode === 0) break;
        expect(child.signalCode).toBe('SIGKILL');
        kills++;
        if (atWork) killedAtWork++;
      }
      expect((await tenasServed(run(out), folder)).code).toBe(0);
      expect(await exported(out, folder)).toEqual(undisturbed);
    }
    expect(killedAtWork).toBeGreaterThan(20);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'ends within two seconds of %s with its jobs given back, and goes on',
    async (signal, expected) => {
      const out = `stopped-${expected}`;
      const { child, ended } = start(run(out, '--json'), folder);
      for (let done = 0; done === 0; ) {
        await sleep(20);
        if (existsSync(join(folder, out, 'batch.log'))) {
          done = readFileSync(join(folder, out, 'batch.log'), 'utf8').split('"done: ').length - 1;
        }
      }
      const asked = performance.now();
      child.kill(signal);
      const { code, out: text } = await ended;
      expect(performance.now() - asked).toBeLessThan(allowed(2000));
      expect(code).toBe(expected);
      const summary = JSON.parse(text);
      expect(summary).toMatchObject({ interrupted: true, jobs: { total: jobs, failed: 0 } });
      expect(summary.jobs.done).toBeLessThan(jobs);
      expect(await jobCounts(out, folder)).toMatchObject({
        done: summary.jobs.done,
        pending: summary.jobs.waiting,
        running: 0,
      });
      expect((await tenasServed(run(out), folder)).code).toBe(0);
      expect(await exported(out, folder)).toEqual(undisturbed);
    },
  );

  it('stops a search within two seconds, and finds the same later', async () => {
    const long = writeSpec(
      folder,
      'long',
      'search: {seeds: [0, 1], settings: {protocol: paper, repeats: 1, ntk: {batchSize: 8}, regions: {batches: 1}}}',
    );
    const args = ['batch', 'run', long, '--threads', '2', '--out'];
    const { child, ended } = start([...args, 'search-stopped'], folder);
    for (let running = 0; running === 0; ) {
      await sleep(100);
      if (existsSync(join(folder, 'search-stopped', 'batch.log'))) {
        running = (await jobCounts('search-stopped', folder)).running ?? 0;
      }
    }
    const asked = performance.now();
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(allowed(2000));
    expect(await jobCounts('search-stopped', folder)).toMatchObject({ running: 0, failed: 0 });
    expect((await tenasServed([...args, 'search-stopped'], folder)).code).toBe(0);
    expect((await tenasServed([...args, 'search-whole'], folder)).code).toBe(0);
    expect(await exported('search-stopped', folder)).toEqual(await exported('search-whole', folder));
  });

  it('refuses a second coordinator of the same store, and the first goes on', async () => {
    const first = start(run('shared'), folder);
    await first.says('evaluations to make');
    // Held, so that it does not end meanwhile.
    first.child.kill('SIGSTOP');
    const second = await tenasServed(run('shared', '--json'), folder);
    expect(second.code).toBe(2);
    expect(JSON.parse(second.out)).toMatchObject({ error: { code: 'STORE_LOCKED' } });
    for (const command of ['retry', 'gc']) {
      expect((await tenasServed(['batch', command, 'shared'], folder)).code).toBe(2);
    }
    first.child.kill('SIGCONT');
    expect((await first.ended).code).toBe(0);
    expect(await exported('shared', folder)).toEqual(undisturbed);
  });

  it('can be read while it runs', async () => {
    const running = start(run('read'), folder);
    await running.says('evaluations to make');
    const watching = start(['batch', 'status', 'read', '--watch'], folder);
    const counts = await jobCounts('read', folder);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(jobs);
    expect((await tenasServed(['batch', 'results', 'read', '--limit', '3'], folder)).code).toBe(0);
    expect((await running.ended).code).toBe(0);
    const watched = await watching.ended;
    expect(watched.code).toBe(0);
    expect(watched.out).toContain(`${jobs} done`);
  });

  it.skipIf(mounting.problem !== null)(
    `stops on a full disk without losing anything, and goes on when there is room${mounting.problem ?? ''}`,
    async () => {
      const out = join('disk', 'out');
      const full = await tenasBuilt(run(out, '--json'), folder);
      expect(full.code).toBe(3);
      expect(JSON.parse(full.out)).toMatchObject({
        error: { code: 'OUTPUT_NO_SPACE', message: expect.stringContaining('no space left') },
      });
      const again = await tenasServed(run(out), folder);
      expect(again.code).toBe(3);
      mounting.resize('64m');
      const before = await jobCounts(out, folder);
      expect(before.done).toBeGreaterThan(0);
      expect(before.done).toBeLessThan(jobs);
      const after = await tenasServed(run(out, '--json'), folder);
      expect(after.code).toBe(0);
      expect(JSON.parse(after.out).jobs).toMatchObject({ done: jobs, skipped: before.done });
      expect(await exported(out, folder)).toEqual(undisturbed);
    },
  );
});

it('says in the summary what a run came to', async () => {
  const small = writeSpec(folder, 'small', `score: {architectures: {sample: 3, seed: 1}, ${tiny}}`);
  const { code, out, err } = await tenasServed(['batch', 'run', small, '--out', 'small', '--json'], folder);
  expect(code).toBe(0);
  expect(err).toContain('3 jobs, 3 of them new');
  expect(JSON.parse(out)).toEqual({
    spec: small,
    out: 'small',
    jobs: { total: 3, done: 3, failed: 0, waiting: 0, skipped: 0 },
    evaluations: 3,
    seconds: expect.any(Number),
    jobsPerSecond: expect.any(Number),
    peakMemory: expect.any(Number),
    interrupted: false,
  });
});
