import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported, tiny, writeSpec } from './support/batch-results.js';
import { type Running, requireBuild, start, tenasBuilt } from './support/built-command.js';
import { redisCli } from './support/queue-keys.js';
import { QueueMutator } from './support/queue-mutator.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const absent = redisAbsent();
const folder = temporaryFolder();
const secret = 'the secret of these tests, 32 characters';
let spec: string;
let undisturbed: unknown[];

/** Starts a command that has a secret, or none. */
function withSecret(given: string | null, args: readonly string[]): Running {
  if (given !== null) process.env.TENAS_QUEUE_SECRET = given;
  try {
    return start(args, folder);
  } finally {
    delete process.env.TENAS_QUEUE_SECRET;
  }
}

const startWorker = (given: string | null, url: string, ...more: string[]) =>
  withSecret(given, [...['worker', '--queue', url, '--concurrency', '1', '--stall-timeout', '4'], ...more]);
const startBatch = (given: string | null, url: string, out: string) =>
  withSecret(given, ['batch', 'run', spec, '--out', out, '--queue', url, '--json', '--log-level', 'debug']);

async function stop({ child, ended }: Running): Promise<string> {
  child.kill('SIGINT');
  const { code, err } = await ended;
  expect(code, err).toBe(130);
  return err;
}

describe.skipIf(absent !== null)(
  `a queue with a secret${absent === null ? '' : ` (skipped: ${absent})`}`,
  { timeout: 600_000 },
  () => {
    beforeAll(async () => {
      requireBuild();
      spec = writeSpec(folder, 'scores', `score: {architectures: {sample: 12, seed: 1}, ${tiny}}`);
      expect((await tenasBuilt(['batch', 'run', spec, '--out', 'alone'], folder)).code).toBe(0);
      undisturbed = await exported('alone', folder);
    });

    afterEach(() => expect(process.env.TENAS_QUEUE_SECRET).toBeUndefined());

    it('gives the same results, and shows the secret nowhere', async () => {
      await using redis = await RedisServer.start();
      const batch = startBatch(secret, redis.url, 'signed');
      await batch.says('no worker yet');
      const [key] = redisCli(redis.port, 'lrange', 'tenas:scores:wait', '-1', '-1');
      const [data] = redisCli(redis.port, 'hget', `tenas:scores:${key}`, 'data');
      expect(JSON.parse(data!)).toMatchObject({ signature: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(data).not.toContain(secret);
      const worker = startWorker(secret, redis.url, '--log-file', 'signed.log', '--log-level', 'debug');
      const { code, out, err } = await batch.ended;
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
      expect(await exported('signed', folder)).toEqual(undisturbed);
    });

    it('refuses short secrets, also an empty one', async () => {
      await using redis = await RedisServer.start();
      for (const short of ['', 'hunter2']) {
        for (const started of [
          startWorker(short, redis.url, '--json'),
          startBatch(short, redis.url, 'short'),
        ]) {
          const { code, out, err } = await started.ended;
          expect(code).toBe(2);
          expect(JSON.parse(out)).toMatchObject({ error: { field: 'TENAS_QUEUE_SECRET' } });
          expect(out + err).not.toContain('hunter2');
        }
      }
    });

    it('takes nothing of those who have none or another one', async () => {
      await using redis = await RedisServer.start();
      const other = startWorker('b'.repeat(32), redis.url);
      await other.says('works for');
      const batch = startBatch(secret, redis.url, 'others');
      await batch.says('refused (unsigned)');
      await other.says('its signature is wrong');
      await stop(other);
      const unsigned = await startWorker(null, redis.url, '--json').ended;
      expect(unsigned.code).toBe(2);
      expect(JSON.parse(unsigned.out)).toMatchObject({
        error: { code: 'QUEUE_SIGNED', message: expect.stringContaining('TENAS_QUEUE_SECRET') },
      });
      const worker = startWorker(secret, redis.url);
      const { code, err } = await batch.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      expect(await exported('others', folder)).toEqual(undisturbed);
    });

    it('tells a coordinator without it that workers sign', async () => {
      await using redis = await RedisServer.start();
      const worker = startWorker(secret, redis.url);
      await worker.says('works for');
      const batch = startBatch(null, redis.url, 'unsigned');
      const { code, err } = await batch.ended;
      expect(code, err).toBe(1);
      const rows = (await exported('unsigned', folder)) as { errorCode: string; error: string }[];
      expect(rows[0]).toMatchObject({
        errorCode: 'JOB_UNSIGNED',
        error: expect.stringContaining('not signed'),
      });
      await stop(worker);
    });

    it('cannot be fooled by what was signed for another turn', async () => {
      await using redis = await RedisServer.start();
      const { port } = redis;
      const batch = startBatch(secret, redis.url, 'replayed');
      await batch.says('no worker yet');
      // A failure of an earlier handing over of the same job, signed and all, and answers to other jobs.
      const keys = redisCli(port, 'lrange', 'tenas:scores:wait', '0', '-1');
      const forged = 'INTERNAL: no [00000000000000000000000000000000 '.padEnd(111, 'a').concat(']');
      for (const key of keys.slice(0, 3)) {
        redisCli(port, 'lrem', 'tenas:scores:wait', '0', key);
        redisCli(port, 'hset', `tenas:scores:${key}`, 'failedReason', forged, 'atm', '3');
        redisCli(port, 'zadd', 'tenas:scores:failed', '1', key);
      }
      await batch.says('refused (unsigned)');
      const worker = startWorker(secret, redis.url);
      const { code, err } = await batch.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      expect(await exported('replayed', folder)).toEqual(undisturbed);
    });

    it.each([1, 2])(
      'gives the same results while somebody changes everything at random, seed %i',
      async (seed) => {
        await using redis = await RedisServer.start();
        const batch = startBatch(secret, redis.url, `stress-${seed}`);
        await batch.says('no worker yet');
        const mutator = new QueueMutator(redis.port, seed);
        for (let count = 0; count < 30; count++) mutator.change();
        const worker = startWorker(secret, redis.url);
        let ended = false;
        void batch.ended.then(() => {
          ended = true;
        });
        // Not for ever: a writer who never rests could keep jobs from being done.
        for (let count = 0; count < 150 && !ended; count++) {
          mutator.change();
          await mutator.rest();
        }
        const { code, err } = await batch.ended;
        expect(code, err).toBe(0);
        expect(err).toContain('refused messages of the queue');
        await stop(worker);
        expect(await exported(`stress-${seed}`, folder)).toEqual(undisturbed);
      },
    );
  },
);
