import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported, writeSpec } from './support/batch-results.js';
import { requireBuild, start, tenasBuilt } from './support/built-command.js';
import { stop } from './support/queue-batch.js';
import { redisCli } from './support/queue-keys.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const absent = redisAbsent();
const folder = temporaryFolder();

/** A search that takes several times as long as the worker's limit without a sign of life, on any machine. */
const SEARCH =
  'search: {seeds: [0], protocols: te-nas-finals, overrides: {repeats: 24, ntk: {batchSize: 32}}}';
const STALL_SECONDS = 4;

describe.skipIf(absent !== null)(
  `a job whose lock was lost${absent === null ? '' : ` (skipped: ${absent})`}`,
  { timeout: 600_000 },
  () => {
    it('comes again to the worker that still runs it, and ends with its result', async () => {
      requireBuild();
      await using redis = await RedisServer.start();
      const spec = writeSpec(folder, 'long', SEARCH);
      const local = await tenasBuilt(['batch', 'run', spec, '--out', 'alone', '--threads', '1'], folder);
      expect(local.code, local.err).toBe(0);
      const limit = ['--stall-timeout', String(STALL_SECONDS)];
      const worker = start(['worker', '--queue', redis.url, '--concurrency', '2', ...limit], folder);
      const running = start(['batch', 'run', spec, '--out', 'queue', '--queue', redis.url, '--json'], folder);
      // As after a failover that lost the lock, or where the worker's machine slept.
      for (let lock = ''; lock === ''; await sleep(100)) {
        lock = redisCli(redis.port, 'keys', 'tenas:searches:*:lock')[0] ?? '';
        if (lock !== '') redisCli(redis.port, 'del', lock);
      }
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      expect(await exported('queue', folder)).toEqual(await exported('alone', folder));
    });
  },
);
