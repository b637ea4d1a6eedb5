import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32, deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { allowed } from '../../../test/support/patience.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported, jobCounts, tiny, writeSpec } from './support/batch-results.js';
import { type Running, requireBuild, start, tenasBuilt } from './support/built-command.js';
import { plantJob, redisCli } from './support/queue-keys.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const absent = redisAbsent();
const folder = temporaryFolder();
const jobs = 120;
const architectures = `{sample: ${jobs / 2}, seed: 4}, seeds: [0, 1], isomorphic: each`;
let path: string;
let undisturbed: unknown[];

const run = (url: string, out: string, ...more: string[]) => [
  'batch',
  'run',
  path,
  '--out',
  out,
  '--queue',
  url,
  ...more,
];

/** Work that is not renewed within 4 seconds counts as lost: a busy machine takes more than one to get round to it. */
function startWorker(url: string, ...more: string[]): Running {
  return start(['worker', '--queue', url, '--concurrency', '2', '--stall-timeout', '4', ...more], folder);
}

/** Stops workers, which must come to an orderly end within two seconds. */
async function stop(...workers: readonly Running[]): Promise<void> {
  for (const { child, ended } of workers) {
    const asked = performance.now();
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(allowed(2000));
  }
}

/** Waits until a batch has so many jobs done. */
async function untilDone(out: string, count: number): Promise<void> {
  while (((await jobCounts(out, folder)).done ?? 0) < count) await sleep(50);
}

describe.skipIf(absent !== null)(
  `a batch on a Redis queue${absent === null ? '' : ` (skipped: ${absent})`}`,
  () => {
    beforeAll(async () => {
      requireBuild();
      path = writeSpec(
        folder,
        'queue',
        `score: {architectures: ${architectures}, ntk: {batchSize: 16}, repeats: 4, regions: {batches: 1, batchSize: 40}}
search: {seeds: [0, 1], protocols: te-nas-finals, overrides: {repeats: 1, ntk: {batchSize: 4}, regions: {batches: 1, batchSize: 40}, finals: {stages: [{ntk: 1, regions: 1, keep: 8}, {ntk: 1, regions: 2, keep: 1}]}}}`,
      );
      expect((await tenasBuilt(['batch', 'run', path, '--out', 'local'], folder)).code).toBe(0);
      undisturbed = await exported('local', folder);
      expect(undisturbed).toHaveLength(jobs + 2);
    });

    it('gives with two workers what one machine gives', async () => {
      await using redis = await RedisServer.start();
      const workers = [startWorker(redis.url), startWorker(redis.url, '--log-file', 'worker.log')];
      const { code, out } = await tenasBuilt(run(redis.url, 'two', '--json'), folder);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ evaluations: jobs + 2, jobs: { done: jobs + 2 } });
      await stop(...workers);
      expect(await exported('two', folder)).toEqual(undisturbed);
      expect(readFileSync(join(folder, 'worker.log'), 'utf8')).toContain('"done: ');
    });

    it('loses nothing and counts nothing twice when workers are killed', async () => {
      await using redis = await RedisServer.start();
      const coordinator = start(run(redis.url, 'killed'), folder);
      await coordinator.says('evaluations to make');
      for (let count = 0; count < 4; count++) {
        const { child, ended, says } = startWorker(redis.url);
        await says('works for');
        await sleep(100 + 100 * count);
        child.kill('SIGKILL');
        await ended;
      }
      const worker = startWorker(redis.url);
      expect((await coordinator.ended).code).toBe(0);
      await stop(worker);
      expect(await exported('killed', folder)).toEqual(undisturbed);
    });

    it('goes on when Redis comes back, even without its memory', { timeout: 600_000 }, async () => {
      await using redis = await RedisServer.start();
      const coordinator = start(run(redis.url, 'redis'), folder);
      const worker = startWorker(redis.url);
      await coordinator.says('evaluations to make');
      await untilDone('redis', 1);
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await redis.end(signal);
        // A busy machine may not notice a short absence.
        await coordinator.says('waiting for it to come back');
        await sleep(500);
        await redis.begin();
        await sleep(500);
      }
      const { code, err } = await coordinator.ended;
      expect(code, err).toBe(0);
      expect(err).toContain('waiting for it to come back');
      await stop(worker);
      expect(await exported('redis', folder)).toEqual(undisturbed);
    });

    it('collects what workers did while the coordinator was away', async () => {
      await using redis = await RedisServer.start();
      const worker = startWorker(redis.url);
      for (let count = 0; count < 3; count++) {
        const { child, ended, says } = start(run(redis.url, 'away'), folder);
        await says('evaluations to make');
        await sleep(300);
        child.kill('SIGKILL');
        await ended;
      }
      expect((await tenasBuilt(run(redis.url, 'away'), folder)).code).toBe(0);
      await stop(worker);
      expect(await exported('away', folder)).toEqual(undisturbed);
    });

    it('takes its jobs back from the queue when the coordinator is interrupted', async () => {
      await using redis = await RedisServer.start();
      // No worker yet: it could do everything before the interruption.
      const { child, ended, says } = start(run(redis.url, 'left'), folder);
      await says('evaluations to make');
      const asked = performance.now();
      child.kill('SIGINT');
      expect((await ended).code).toBe(130);
      expect(performance.now() - asked).toBeLessThan(allowed(2000));
      expect(await jobCounts('left', folder)).toMatchObject({ pending: jobs + 2, queued: 0, running: 0 });
      const worker = startWorker(redis.url);
      expect((await tenasBuilt(run(redis.url, 'left'), folder)).code).toBe(0);
      await stop(worker);
      expect(await exported('left', folder)).toEqual(undisturbed);
    });

    it('ends what always fails as failed with its error, after its attempts', async () => {
      await using redis = await RedisServer.start();
      mkdirSync(join(folder, 'broken', 'class'), { recursive: true });
      for (let index = 0; index < 4; index++) {
        writeFileSync(join(folder, 'broken', 'class', `${index}.png`), 'no image');
      }
      const poison = writeSpec(
        folder,
        'poison',
        `attempts: 2
datasets: {broken: {dataset: folder, data: broken}}
score: {architectures: {sample: 2, seed: 1}, datasets: [broken, synthetic], ${tiny}}`,
      );
      const worker = startWorker(redis.url, '--data', 'folder=broken');
      const { code, out } = await tenasBuilt(
        ['batch', 'run', poison, '--out', 'poison', '--queue', redis.url, '--json'],
        folder,
      );
      expect(code).toBe(1);
      expect(JSON.parse(out).jobs).toMatchObject({ total: 4, done: 2, failed: 2, waiting: 0 });
      await stop(worker);
      const failed = (await exported('poison', folder)).filter(
        (job) => (job as { status: string }).status === 'failed',
      );
      expect(failed).toMatchObject([
        { attempts: 2, errorCode: expect.any(String), error: expect.stringMatching(/image/) },
        {},
      ]);
    });

    it('refuses a dataset with other contents; the job waits for a worker that has the right one', async () => {
      await using redis = await RedisServer.start();
      for (const [name, shade] of [
        ['right', 60],
        ['wrong', 90],
      ] as const) {
        mkdirSync(join(folder, name, 'class'), { recursive: true });
        for (let index = 0; index < 4; index++)
          writePicture(join(folder, name, 'class', `${index}.png`), shade + index);
      }
      const spec = writeSpec(
        folder,
        'data',
        `datasets: {pictures: {dataset: folder, data: right}}
score: {architectures: {sample: 2, seed: 1}, datasets: pictures, ${tiny}}`,
      );
      const coordinator = start(['batch', 'run', spec, '--out', 'data', '--queue', redis.url], folder);
      await coordinator.says('evaluations to make');
      for (const [args, code] of [
        [['--data', 'folder=wrong'], 'DATA_MISMATCH'],
        [[], 'DATA_MISSING'],
      ] as const) {
        const refused = await startWorker(redis.url, '--json', ...args).ended;
        expect(refused.code).toBe(2);
        expect(JSON.parse(refused.out)).toMatchObject({ error: { code } });
      }
      const worker = startWorker(redis.url, '--data', 'folder=right');
      const { code, err } = await coordinator.ended;
      await stop(worker);
      expect(err).toContain('not the coordinator');
      expect([code, (await jobCounts('data', folder)).done]).toEqual([0, 2]);
    });

    it('refuses workers of another version', async () => {
      await using redis = await RedisServer.start();
      redisCli(
        redis.port,
        'hset',
        'tenas:coordinators',
        'other',
        JSON.stringify({ version: 'old', name: 'there', at: 1e12 }),
      );
      const refused = await startWorker(redis.url, '--json').ended;
      expect(refused.code).toBe(2);
      expect(JSON.parse(refused.out)).toMatchObject({
        error: {
          code: 'VERSION_SKEW',
          message: expect.stringMatching(/there is of version old, this worker of tenas-native/),
        },
      });
      // And where nobody warned it, by a job of a coordinator that is there.
      redisCli(redis.port, 'del', 'tenas:coordinators');
      const late = startWorker(redis.url, '--json');
      await late.says('works for');
      const member = JSON.stringify({ version: 'newer', name: 'there', at: 1e12 });
      redisCli(redis.port, 'hset', 'tenas:coordinators', 'other', member);
      plantJob(
        redis.port,
        'k',
        JSON.stringify({ version: 'newer', turn: '0'.repeat(32), what: 'nobody knows' }),
      );
      const left = await late.ended;
      expect(left.code).toBe(2);
      expect(JSON.parse(left.out)).toMatchObject({ error: { code: 'VERSION_SKEW' } });
      expect(redisCli(redis.port, 'lrange', 'tenas:scores:wait', '0', '-1')).toEqual(['k']);
      expect(redisCli(redis.port, 'hget', 'tenas:scores:k', 'finishedOn')).toEqual(['']);
    });

    it('takes a password and TLS, and tells neither', async () => {
      const password = 'pa ss/wörd:1';
      const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
      const files = ['-addext', 'subjectAltName=DNS:localhost', '-keyout', 'key.pem', '-out', 'cert.pem'];
      expect(spawnSync('openssl', [...make, ...files], { cwd: folder }).status).toBe(0);
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      const tls = [
        '--port',
        '0',
        '--tls-port',
        'PORT',
        '--tls-cert-file',
        cert,
        '--tls-key-file',
        key,
        '--tls-auth-clients',
        'no',
      ];
      await using redis = await RedisServer.start([...tls, '--requirepass', password]);
      const url = (secret: string) => `rediss://:${encodeURIComponent(secret)}@localhost:${redis.port}`;
      const spec = writeSpec(folder, 'tls', `score: {architectures: {sample: 3, seed: 1}, ${tiny}}`);
      const args = ['batch', 'run', spec, '--out', 'tls', '--log-level', 'debug', '--queue'];

      const wrong = await tenasBuilt([...args, url('wr0ngsecret'), '--json'], folder);
      expect(wrong.code).not.toBe(0);
      process.env.NODE_EXTRA_CA_CERTS = cert;
      try {
        const refused = await tenasBuilt([...args, url('wr0ngsecret'), '--json'], folder);
        expect(refused.code).toBe(2);
        expect(JSON.parse(refused.out)).toMatchObject({ error: { code: 'QUEUE_REFUSED' } });
        const worker = startWorker(url(password), '--log-file', 'tls.log', '--log-level', 'debug');
        const done = await tenasBuilt([...args, url(password)], folder);
        expect(done.code).toBe(0);
        await stop(worker);
        const unreachable = await tenasBuilt([...args, `redis://:${password.slice(6)}@127.0.0.1:1`], folder);
        expect(unreachable.code).toBe(3);
        const bad = await tenasBuilt([...args, `http://:${encodeURIComponent(password)}@localhost`], folder);
        expect(bad.code).toBe(2);
        const ended = await worker.ended;
        const logs = [
          join(folder, 'tls.log'),
          ...readdirSync(join(folder, 'tls')).map((name) => join(folder, 'tls', name)),
        ];
        const said = [wrong, refused, done, unreachable, bad, ended].map(({ out, err }) => out + err);
        for (const text of [...said, ...logs.map((file) => readFileSync(file, 'latin1'))]) {
          for (const secret of ['wr0ngsecret', password, encodeURIComponent(password), password.slice(6)]) {
            expect(text).not.toContain(secret);
          }
        }
      } finally {
        delete process.env.NODE_EXTRA_CA_CERTS;
      }
    });
  },
);

/** A PNG of 40 x 40 pixels, all of one shade. */
function writePicture(path: string, shade: number): void {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.from([0, 0, 0, 40, 0, 0, 0, 40, 8, 0, 0, 0, 0]);
  // Each row begins with the number of its filter, none.
  const rows = Buffer.concat(
    Array.from({ length: 40 }, () => Buffer.concat([Buffer.of(0), Buffer.alloc(40, shade)])),
  );
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  writeFileSync(path, Buffer.concat([signature, ...chunks]));
}
