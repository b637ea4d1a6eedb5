import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { Started } from './support/built-command.js';
import { QueueBatch, stop } from './support/queue-batch.js';
import { redisCli } from './support/queue-keys.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';
import { tenas } from './support/run-in-process.js';

const absent = redisAbsent();
const folder = temporaryFolder();
let batch: QueueBatch<Started>;

/** States of a server that pass: how one is made, how it ends, and the words of the server. */
type State = readonly [string, readonly string[][], readonly string[][], RegExp | null];
const states: readonly State[] = [
  [
    'READONLY: a failover in which it was a replica for a while',
    [['replicaof', '127.0.0.1', '1']],
    [['replicaof', 'no', 'one']],
    /READONLY|MASTERDOWN|LOADING/,
  ],
  [
    'OOM',
    [
      ['config', 'set', 'maxmemory', '1'],
      ['config', 'set', 'maxmemory-policy', 'noeviction'],
    ],
    [['config', 'set', 'maxmemory', '0']],
    /OOM/,
  ],
  [
    'NOREPLICAS',
    [['config', 'set', 'min-replicas-to-write', '3']],
    [['config', 'set', 'min-replicas-to-write', '0']],
    /NOREPLICAS/,
  ],
  [
    'NOPERM',
    [['acl', 'setuser', 'default', '-eval', '-evalsha', '-hset', '-xread']],
    [['acl', 'setuser', 'default', '+@all']],
    /NOPERM/,
  ],
  ...['tenas:coordinators', 'tenas:workers', 'tenas:scores:wait', 'tenas:scores:completed'].map(
    (key): State => [
      `WRONGTYPE: somebody else's ${key}`,
      [
        ['del', key],
        ['set', key, 'x'],
      ],
      [['del', key]],
      /WRONGTYPE/,
    ],
  ),
  ['NOSCRIPT', [['script', 'flush']], [], null],
  [
    'lost connections',
    [
      ['client', 'kill', 'type', 'normal'],
      ['client', 'kill', 'type', 'normal'],
    ],
    [],
    null,
  ],
  ['an empty server', [['flushall']], [], null],
];

describe.skipIf(absent !== null)(
  `a Redis server that refuses${absent === null ? '' : ` (skipped: ${absent})`}`,
  // They wait for a server most of the time.
  { timeout: 600_000, concurrent: true },
  () => {
    beforeAll(async () => {
      batch = await QueueBatch.makeHere(folder, 12);
    });

    it.each(states)('later is waited for: %s', async (name, make, end, words) => {
      await using redis = await RedisServer.start();
      const worker = batch.worker(redis.url);
      await worker.says('works for');
      for (const command of make) redisCli(redis.port, ...command);
      // A coordinator whose server turns bad after its start finds it so when it hands over.
      for (const command of end) redisCli(redis.port, ...command);
      const out = name.replace(/\W/g, '');
      const running = batch.run(redis.url, out);
      await running.says('evaluations to make');
      for (const command of make) redisCli(redis.port, ...command);
      if (words !== null)
        await Promise.race([running.says('waiting for it to come back'), running.ended, sleep(20_000)]);
      for (const command of end) redisCli(redis.port, ...command);
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      if (words !== null && err.includes('waiting for it')) expect(err).toMatch(words);
      await stop(worker);
      await batch.expectSame(out);
    });

    it('may lose the list of the jobs that wait: they are given again', async () => {
      await using redis = await RedisServer.start();
      const running = batch.run(redis.url, 'lost');
      await running.says('evaluations to make');
      const waiting = () => redisCli(redis.port, 'exists', 'tenas:scores:wait');
      await expect.poll(waiting, { timeout: 60_000 }).toEqual(['1']);
      redisCli(redis.port, 'del', 'tenas:scores:wait');
      const worker = batch.worker(redis.url);
      const { code, err } = await running.ended;
      expect(code, err).toBe(0);
      await stop(worker);
      await batch.expectSame('lost');
    });

    it.each([
      ['READONLY', [['replicaof', '127.0.0.1', '1']], 3],
      ['OOM', [['config', 'set', 'maxmemory', '1']], 3],
      ['NOREPLICAS', [['config', 'set', 'min-replicas-to-write', '3']], 3],
      ['NOPERM', [['acl', 'setuser', 'default', '-eval']], 2],
      ['NOAUTH', [['config', 'set', 'requirepass', 'secret']], 2],
    ] as const)('ends commands at the start: %s', async (words, make, exitCode) => {
      await using redis = await RedisServer.start();
      for (const command of make) redisCli(redis.port, ...command);
      for (const args of [
        ['worker', '--queue', redis.url],
        ['batch', 'run', batch.spec, '--out', join(folder, `refused-${words}`), '--queue', redis.url],
      ]) {
        const { code, err } = await tenas(args);
        expect(code, err).toBe(exitCode);
        expect(err).toContain(words);
      }
    });

    it('is enough with the permissions that the documentation gives', async () => {
      await using redis = await RedisServer.start();
      const user = ['on', '>pass', '~tenas:*', 'resetchannels', '+@all', '-@admin', '-@dangerous', '+info'];
      expect(redisCli(redis.port, 'acl', 'setuser', 'tenas', ...user)).toEqual(['OK']);
      const url = redis.url.replace('redis://', 'redis://tenas:pass@');
      const worker = batch.worker(url);
      const { code, err } = await batch.run(url, 'acl').ended;
      expect(code, err).toBe(0);
      expect(err).not.toContain('NOPERM');
      expect(await stop(worker)).not.toContain('NOPERM');
      await batch.expectSame('acl');
    });
  },
);
