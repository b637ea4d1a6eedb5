import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import type { Started } from './support/built-command.js';
import { QueueBatch, stop } from './support/queue-batch.js';
import { redisCli } from './support/queue-keys.js';
import { QueueMutator } from './support/queue-mutator.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const absent = redisAbsent();
const folder = temporaryFolder();
const debug = ['--log-level', 'debug'];
const secret = 'the secret of these tests, 32 characters';
const other = 'b'.repeat(32);
let batch: QueueBatch<Started>;

describe.skipIf(absent !== null)(
  `a queue with a secret${absent === null ? '' : ` (skipped: ${absent})`}`,
  // They wait for pauses of workers and coordinators most of the time.
  { timeout: 600_000, concurrent: true },
  () => {
    beforeAll(async () => {
      batch = await QueueBatch.makeHere(folder, 12);
    });

    it('gives the same results, and shows the secret nowhere', async () => {
      await using redis = await RedisServer.start();
      // In processes, which have the secret of their environment.
      const processes = batch.inProcesses();
      const running = processes.run(redis.url, 'signed', { secret, args: debug });
      await running.says('no worker yet');
      const [key] = redisCli(redis.port, 'lrange', 'tenas:scores:wait', '-1', '-1');
      const [data] = redisCli(redis.port, 'hget', `tenas:scores:${key}`, 'data');
      expect(JSON.parse(data!)).toMatchObject({ signature: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(data).not.toContain(secret);
      const args = ['--log-file', 'signed.log', ...debug];
      // Nobody vanishes here: a busy machine must not make it look so.
      const worker = processes.worker(redis.url, { secret, args, stall: 60 });
      const { code, out, err } = await running.ended;
      expect(code, err).toBe(0);
      const said = await stop(worker);
      expect(said + err).not.toContain('refused');
      const files = readdirSync(join(folder, 'signed')).map((name) => join('signed', name));
      for (const text of [
        out,
        err,
        said,
        ...[...files, 'signed.log'].map((name) => readFileSync(join(folder, name), 'latin1')),
      ])
        expect(text).not.toContain(secret);
      await batch.expectSame('signed');
    });

    it('refuses short secrets, also an empty one', async () => {
      await using redis = await RedisServer.start();
      for (const short of ['', 'hunter2']) {
        for (const started of [
          batch.worker(redis.url, { secret: short, args: ['--json'] }),
          batch.run(redis.url, 'short', { secret: short, args: debug }),
        ]) {
          const { code, out, err } = await started.ended;
          expect(code).toBe(2);
          expect(JSON.parse(out)).toMatchObject({ error: { field: 'TENAS_QUEUE_SECRET' } });
          expect(out + err).not.toContain('hunter2');
        }
      }
    });

    it('leaves its jobs to others where a worker has another secret, or none', async () => {
      await using redis = await RedisServer.start();
      // Both are there before the coordinator, and would take every job before a worker with the right secret is.
      const foreign = batch.worker(redis.url, { secret: other, args: ['--json'] });
      await foreign.says('works for');
      const without = batch.worker(redis.url, { args: ['--json'] });
      await without.says('works for');
      const running = batch.run(redis.url, 'others', { secret, args: debug });
      for (const [worker, code, problem] of [
        [foreign, 'QUEUE_UNSIGNED', /its signature is wrong/],
        [without, 'QUEUE_SIGNED', /it is signed, and this worker has no TENAS_QUEUE_SECRET/],
      ] as const) {
        const ended = await worker.ended;
        expect(ended.code, ended.err).toBe(2);
        const message = expect.stringMatching(/verify none of the jobs.*set TENAS_QUEUE_SECRET/);
        expect(JSON.parse(ended.out)).toMatchObject({
          error: { code, message, field: 'TENAS_QUEUE_SECRET' },
        });
        expect(ended.err.match(/refused \(unsigned\)/g)).toHaveLength(1);
        expect(ended.err).toMatch(problem);
      }
      const late = await batch.worker(redis.url, { args: ['--json'] }).ended;
      expect(late.code).toBe(2);
      expect(JSON.parse(late.out)).toMatchObject({
        error: { code: 'QUEUE_SIGNED', message: expect.stringContaining('TENAS_QUEUE_SECRET') },
      });
      expect(await batch.jobCounts('others')).toMatchObject({ failed: 0, done: 0 });
      const worker = batch.worker(redis.url, { secret });
      const { code, out, err } = await running.ended;
      expect(code, err).toBe(0);
      expect(JSON.parse(out).jobs).toMatchObject({ done: 12, failed: 0 });
      await stop(worker);
      await batch.expectSame('others');
    });

    it('goes on while workers with another secret come and go', async () => {
      await using redis = await RedisServer.start();
      const running = batch.run(redis.url, 'beside', { secret });
      await running.says('no worker yet');
      // One after the other: workers of one process have their names by the time of their start.
      const foreign: Started[] = [];
      for (const one of [other, 'c'.repeat(32)]) {
        foreign.push(batch.worker(redis.url, { secret: one }));
        await foreign.at(-1)!.says('works for');
      }
      await Promise.all(foreign.map(({ says }) => says('refused (unsigned)')));
      const worker = batch.worker(redis.url, { secret });
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      for (const { interrupt } of foreign) interrupt();
      await Promise.all(foreign.map(({ ended }) => ended));
      await batch.expectSame('beside');
    });

    it('serves two batches with different secrets', async () => {
      await using redis = await RedisServer.start();
      const theirs = writeSpec(folder, 'theirs', `score: {architectures: {sample: 6, seed: 2}, ${tiny}}`);
      const running = [batch.run(redis.url, 'both', { secret })];
      await running[0]!.says('no worker yet');
      running.push(batch.run(redis.url, 'theirs', { secret: other, spec: theirs }));
      await running[1]!.says('evaluations to make');
      const workers: Started[] = [];
      for (const one of [secret, other]) {
        workers.push(batch.worker(redis.url, { secret: one }));
        await workers.at(-1)!.says('works for');
      }
      for (const { ended } of running) {
        const { code, err } = await ended;
        expect(code, err).toBe(0);
      }
      for (const worker of workers) await stop(worker);
      await batch.expectSame('both');
      expect(await batch.jobCounts('theirs')).toMatchObject({ done: 6, failed: 0 });
    });

    it('is needed by the coordinator of workers that have one, and others finish its batch', async () => {
      await using redis = await RedisServer.start();
      const signing = batch.worker(redis.url, { secret, args: ['--json'] });
      await signing.says('works for');
      const running = batch.run(redis.url, 'unsigned');
      await running.says('set the same TENAS_QUEUE_SECRET here');
      const left = await signing.ended;
      expect(left.code, left.err).toBe(2);
      expect(JSON.parse(left.out)).toMatchObject({
        error: { code: 'QUEUE_UNSIGNED', message: expect.stringContaining('it is not signed') },
      });
      const worker = batch.worker(redis.url);
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      await batch.expectSame('unsigned');
    });

    it('keeps the batch from ending by forged failures, however many', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      const running = batch.run(redis.url, 'forged', { secret });
      await running.says('no worker yet');
      const keys = redisCli(port, 'lrange', 'tenas:scores:wait', '0', '-1');
      const forge = ['JOB_INVALID: no', 'JOB_UNSIGNED: no', 'INTERNAL: no', 'nothing', 'returnvalue'];
      // Each by every forgery, until it is given again: later only after longer and longer pauses. Unit tests forge more.
      for (let round = 0; round < forge.length; round++) {
        for (const key of keys.slice(0, 2)) {
          const text = forge[round]!;
          const [field, set] = text === 'returnvalue' ? [text, 'completed'] : ['failedReason', 'failed'];
          redisCli(port, 'lrem', 'tenas:scores:wait', '0', key);
          redisCli(port, 'hset', `tenas:scores:${key}`, field, text);
          redisCli(port, 'zadd', `tenas:scores:${set}`, '1', key);
          redisCli(port, 'xadd', 'tenas:scores:events', '*', 'event', 'failed', 'jobId', key);
        }
        const waiting = () => redisCli(port, 'lrange', 'tenas:scores:wait', '0', '-1');
        while (!keys.slice(0, 2).every((key) => waiting().includes(key))) await sleep(100);
      }
      expect(await batch.jobCounts('forged')).toMatchObject({ failed: 0 });
      const worker = batch.worker(redis.url, { secret });
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      expect(err).toMatch(/refused messages of the queue: .*unsigned/);
      expect(err).toMatch(/refused messages of the queue: .*answer/);
      await stop(worker);
      await batch.expectSame('forged');
    });

    it('fails no job of which somebody says that its workers vanished, begun or not', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      const text = 'score: {architectures: {sample: 2, seed: 9}, repeats: 60, isomorphic: each}';
      const spec = writeSpec(folder, 'vanished', text);
      const running = batch.run(redis.url, 'vanished', { secret, spec });
      await running.says('no worker yet');
      /** Says of the first job of a list that its workers vanished. */
      const forge = (list: 'wait' | 'active'): number => {
        const [key] = redisCli(port, 'lrange', `tenas:scores:${list}`, '0', '0');
        if (!key) return 0;
        redisCli(port, 'lrem', `tenas:scores:${list}`, '0', key);
        redisCli(
          port,
          'hset',
          `tenas:scores:${key}`,
          'failedReason',
          'job stalled more than allowable limit',
        );
        redisCli(port, 'zadd', 'tenas:scores:failed', '1', key);
        redisCli(port, 'xadd', 'tenas:scores:events', '*', 'event', 'failed', 'jobId', key);
        return 1;
      };
      // Each of two jobs four times without a worker, as often as fails it where it is proven. Each time more would make
      // the coordinator pause twice as long; unit tests say it a thousand times.
      for (let forged = 0; forged < 8; await sleep(100)) forged += forge('wait');
      const worker = batch.worker(redis.url, { secret });
      let ended = false;
      void running.ended.then(() => {
        ended = true;
      });
      // And while a worker has them, who lives.
      let forged = 0;
      for (; forged < 2 && !ended; await sleep(100)) forged += forge('active');
      expect(forged).toBeGreaterThan(0);
      const { code, out, err } = await running.ended;
      expect(code, err).toBe(0);
      expect(JSON.parse(out).jobs).toMatchObject({ done: 2, failed: 0 });
      await stop(worker);
    });

    it('cannot be fooled by what was signed for another turn', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      const running = batch.run(redis.url, 'replayed', { secret, args: debug });
      await running.says('no worker yet');
      // A failure of an earlier handing over of the same job, signed and all, and answers to other jobs.
      const keys = redisCli(port, 'lrange', 'tenas:scores:wait', '0', '-1');
      const forged = 'INTERNAL: no [00000000000000000000000000000000 '.padEnd(111, 'a').concat(']');
      for (const key of keys.slice(0, 3)) {
        redisCli(port, 'lrem', 'tenas:scores:wait', '0', key);
        redisCli(port, 'hset', `tenas:scores:${key}`, 'failedReason', forged, 'atm', '3');
        redisCli(port, 'zadd', 'tenas:scores:failed', '1', key);
      }
      await running.says('refused (unsigned)');
      const worker = batch.worker(redis.url, { secret });
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      await batch.expectSame('replayed');
    });

    it.each([1, 2])(
      'gives the same results while somebody changes everything at random, seed %i',
      async (seed) => {
        await using redis = await RedisServer.start();
        const running = batch.run(redis.url, `stress-${seed}`, { secret, args: debug });
        await running.says('no worker yet');
        using mutator = new QueueMutator(redis.port, seed);
        for (let count = 0; count < 30; count++) await mutator.change();
        const worker = batch.worker(redis.url, { secret });
        let ended = false;
        void running.ended.then(() => {
          ended = true;
        });
        // Not for ever: a writer who never rests could keep jobs from being done.
        for (let count = 0; count < 150 && !ended; count++) {
          await mutator.change();
          await mutator.rest();
        }
        const { code, err } = await running.ended;
        expect(code, err).toBe(0);
        expect(err).toContain('refused messages of the queue');
        await stop(worker);
        await batch.expectSame(`stress-${seed}`);
      },
    );
  },
);
