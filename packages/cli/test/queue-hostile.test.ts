import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported } from './support/batch-results.js';
import type { Running } from './support/built-command.js';
import { QueueBatch, stop } from './support/queue-batch.js';
import { plantJob, redisCli, redisCliWith } from './support/queue-keys.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const absent = redisAbsent();
const folder = temporaryFolder();
let batch: QueueBatch;

/** Largest memory that a process has had, in MiB. */
function peakMemory({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** Data of the jobs that wait, by their keys. */
function waitingJobs(port: number): Map<string, Record<string, unknown>> {
  const keys = redisCli(port, 'lrange', 'tenas:scores:wait', '0', '-1');
  return new Map(
    keys.map((key) => [key, JSON.parse(redisCli(port, 'hget', `tenas:scores:${key}`, 'data')[0]!)]),
  );
}

describe.skipIf(absent !== null)(
  `a queue that others write to${absent === null ? '' : ` (skipped: ${absent})`}`,
  { timeout: 600_000 },
  () => {
    beforeAll(async () => {
      batch = await QueueBatch.make(folder, 8);
    });

    it('gives changed jobs again, and all are done', async () => {
      await using redis = await RedisServer.start();
      const running = batch.run(redis.url, 'changed');
      await running.says('no worker yet');
      const jobs = [...waitingJobs(redis.port)];
      const changes: ((data: Record<string, unknown>) => unknown)[] = [
        (data) => ({ ...data, task: { ...(data.task as object), repeats: 9 } }),
        (data) => ({ ...data, task: { ...(data.task as object), load: './evil.mjs' } }),
        (data) => ({ ...data, version: 'newer' }),
        ({ task: _, ...data }) => data,
        () => null,
        (data) => ({ ...data, architecture: 'x'.repeat(3_000_000) }),
      ];
      for (const [index, change] of changes.entries()) {
        const [key, data] = jobs[index]!;
        redisCliWith(redis.port, JSON.stringify(change(data)), 'hset', `tenas:scores:${key}`, 'data');
      }
      const worker = batch.worker(redis.url);
      const { code, out, err } = await running.ended;
      expect(code, err).toBe(0);
      expect(JSON.parse(out).jobs).toMatchObject({ total: 8, done: 8, failed: 0 });
      expect(err.match(/refused \(job\)/g)).toHaveLength(1);
      expect(err).toMatch(/refused messages of the queue: \d+ job/);
      expect(await stop(worker)).toMatch(/refused messages of the queue: .*6 job/);
      await batch.expectSame('changed');
    });

    it('has jobs of nobody that fail alone, and members that are none', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      const worker = batch.worker(redis.url);
      await worker.says('works for');
      const deep = '['.repeat(200_000);
      const texts = ['', '{', 'null', '7', '"text"', '[]', '{"__proto__":{"version":"x"}}', deep];
      for (const [index, text] of texts.entries()) plantJob(port, `strange-${index}`, text);
      plantJob(port, 'version', JSON.stringify({ version: 'older', turn: '0'.repeat(32) }));
      plantJob(port, 'without-a-hash', null);
      plantJob(port, `long-${'x'.repeat(20_000)}`, '{}');
      redisCli(
        port,
        'hset',
        'tenas:scores:options',
        'data',
        '{}',
        'opts',
        '[{',
        'progress',
        '{',
        'parent',
        '{',
      );
      redisCli(port, 'rpush', 'tenas:scores:wait', 'options');
      redisCli(port, 'set', 'tenas:scores:text', 'no hash');
      redisCli(port, 'rpush', 'tenas:scores:wait', 'text');
      for (const [index, text] of ['{', 'null', '[1]', '{"at":"x"}', deep].entries()) {
        redisCliWith(port, text, 'hset', 'tenas:coordinators', `c${index}`);
        redisCliWith(port, text, 'hset', 'tenas:workers', `w${index}`);
      }
      for (const text of ['{', deep, '7']) {
        redisCliWith(
          port,
          text,
          'xadd',
          'tenas:scores:events',
          '*',
          'event',
          'completed',
          'jobId',
          'x',
          'returnvalue',
        );
        redisCliWith(
          port,
          text,
          'xadd',
          'tenas:scores:events',
          '*',
          'event',
          'progress',
          'jobId',
          'x',
          'data',
        );
      }
      const running = batch.run(redis.url, 'strange');
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await batch.expectSame('strange');
      // What is no hash is found by the next look after lost jobs.
      while (redisCli(port, 'lrange', 'tenas:scores:active', '0', '-1')[0] !== '') await sleep(200);
      const stopped = stop(worker);
      await stopped;
      const failed = redisCli(port, 'zrange', 'tenas:scores:failed', '0', '-1');
      expect(failed).toEqual(expect.arrayContaining([...texts.keys()].map((index) => `strange-${index}`)));
      expect(failed).toEqual(expect.arrayContaining(['version', 'options']));
      expect(await stopped).toMatch(/refused messages of the queue: .*job/);
      expect(redisCli(port, 'lrange', 'tenas:scores:active', '0', '-1')).toEqual(['']);
    });

    it.each(['9007199254740991', '+inf'])('waits for no job that is delayed until %s', async (until) => {
      await using redis = await RedisServer.start();
      const out = `delayed-${until.replace(/\W/g, '')}`;
      const running = batch.run(redis.url, out);
      await running.says('no worker yet');
      for (const [key] of [...waitingJobs(redis.port)].slice(0, 3)) {
        redisCli(redis.port, 'lrem', 'tenas:scores:wait', '0', key);
        redisCli(redis.port, 'zadd', 'tenas:scores:delayed', until, key);
      }
      const worker = batch.worker(redis.url);
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      await batch.expectSame(out);
    });

    it('mends counts of jobs that are no numbers', async () => {
      await using redis = await RedisServer.start();
      const running = batch.run(redis.url, 'counts');
      await running.says('no worker yet');
      const fields = ['ats', 'atm', 'stc'];
      for (const [index, [key]] of [...waitingJobs(redis.port)].slice(0, 3).entries()) {
        redisCli(redis.port, 'hset', `tenas:scores:${key}`, fields[index]!, 'x');
      }
      const worker = batch.worker(redis.url);
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      await batch.expectSame('counts');
    });

    it('takes no answer that is none, and none for no job', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      const running = batch.run(redis.url, 'answers');
      await running.says('no worker yet');
      const jobs = [...waitingJobs(port)];
      const turn = '0'.repeat(32);
      const answer = { result: '{}', seconds: 1, isa: 'x', worker: 'w', turn };
      const answers = [
        '{',
        'null',
        '7',
        '[]',
        JSON.stringify(answer),
        '['.repeat(100_000),
        JSON.stringify({ ...answer, result: 7 }),
        JSON.stringify({ ...answer, seconds: -1 }),
      ];
      for (const [index, text] of answers.entries()) {
        const [key] = jobs[index]!;
        redisCli(port, 'lrem', 'tenas:scores:wait', '0', key);
        redisCliWith(port, text, 'hset', `tenas:scores:${key}`, 'returnvalue');
        redisCli(port, 'zadd', 'tenas:scores:completed', '1', key);
        redisCliWith(
          port,
          text,
          'xadd',
          'tenas:scores:events',
          '*',
          'event',
          'completed',
          'jobId',
          key,
          'returnvalue',
        );
      }
      redisCli(port, 'zadd', 'tenas:scores:completed', '1', 'nobody');
      redisCli(
        port,
        'xadd',
        'tenas:scores:events',
        '*',
        'event',
        'completed',
        'jobId',
        'nobody',
        'returnvalue',
        '{}',
      );
      await running.says('refused (answer)');
      const worker = batch.worker(redis.url);
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      expect(err).toMatch(/refused messages of the queue: 8 answer/);
      await stop(worker);
      await batch.expectSame('answers');
    });

    it('fails a job whose answers are always refused, and can be exported', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      const running = batch.run(redis.url, 'always');
      await running.says('no worker yet');
      const [[victim] = ['']] = waitingJobs(port);
      const log = () => readFileSync(join(folder, 'always', 'batch.log'), 'utf8');
      while (!log().includes('RESULT_INVALID')) {
        redisCli(port, 'hset', `tenas:scores:${victim}`, 'returnvalue', '{}');
        redisCli(port, 'zadd', 'tenas:scores:completed', '1', victim!);
        redisCli(port, 'xadd', 'tenas:scores:events', '*', 'event', 'completed', 'jobId', victim!);
        await sleep(50);
      }
      const worker = batch.worker(redis.url);
      const { code, out } = await running.ended;
      expect(code).toBe(1);
      expect(JSON.parse(out).jobs).toMatchObject({ done: 7, failed: 1 });
      await stop(worker);
      const rows = (await exported('always', folder)) as { status: string; errorCode: string | null }[];
      expect(rows.filter(({ status }) => status === 'failed')).toMatchObject([
        // The job may just have been given again: then its answer is empty.
        {
          errorCode: 'RESULT_INVALID',
          error: expect.stringMatching(/an answer of a worker is none|its answer: /),
        },
      ]);
    });

    it('holds 200 MB texts that nobody reads into memory', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      // On a busy machine the server takes seconds to copy such a text, and the job must not count as lost meanwhile.
      const worker = batch.worker(redis.url, { stall: 60 });
      await worker.says('works for');
      await sleep(500);
      const before = peakMemory(worker);
      // A text of 200 MB, made by the server itself.
      const huge = "redis.call('hset', KEYS[1], ARGV[1], '\"' .. string.rep('x', 200000000) .. '\"')";
      for (const key of ['huge-1', 'huge-2']) {
        redisCli(port, 'eval', huge, '1', `tenas:scores:${key}`, 'data');
        plantJob(port, key, null);
      }
      redisCli(port, 'eval', huge, '1', 'tenas:coordinators', 'huge');
      const running = batch.run(redis.url, 'huge');
      await running.says('evaluations to make');
      const [key] = redisCli(port, 'lrange', 'tenas:scores:wait', '-1', '-1');
      if (key !== '') redisCli(port, 'eval', huge, '1', `tenas:scores:${key}`, 'returnvalue');
      let most = 0;
      let ended = false;
      void running.ended.then(() => {
        ended = true;
      });
      while (!ended) {
        try {
          most = Math.max(most, peakMemory(running));
        } catch {
          // It has just ended.
        }
        await sleep(50);
      }
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      expect(peakMemory(worker) - before).toBeLessThan(150);
      expect(most).toBeLessThan(400);
      expect(await stop(worker)).toMatch(/refused \(oversized\): a text of 20000000\d bytes/);
      await batch.expectSame('huge');
    });
  },
);
