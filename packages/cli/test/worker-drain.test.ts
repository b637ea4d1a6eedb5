import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';
import { tenas } from './support/run-in-process.js';

const absent = redisAbsent();
const folder = temporaryFolder();

/** The scores of a batch, in order. */
async function scoresOf(out: string): Promise<unknown[]> {
  const { code, out: text, err } = await tenas(['batch', 'export', out, '--format', 'jsonl']);
  expect(code, err).toBe(0);
  const rows = text.trim().split('\n');
  return rows.map((line) => {
    const { architecture, result } = JSON.parse(line);
    return { architecture, kappa: result.scores.ntk.value, regions: result.scores.regions.value };
  });
}

it('--idle without --drain is refused, before a server is asked', async () => {
  const { code, err } = await tenas(['worker', '--queue', 'redis://127.0.0.1:1', '--idle', '5']);
  expect(code).toBe(2);
  expect(err).toContain('--idle: 5 is how long --drain waits for work; add --drain, or leave --idle out');
});

it('a dataset with two folders is refused, before a server is asked', async () => {
  const data = (...folders: string[]) => folders.flatMap((one) => ['--data', `cifar10=${one}`]);
  const two = await tenas(['worker', '--queue', 'redis://127.0.0.1:1', ...data('a', 'b')]);
  expect(two).toMatchObject({ code: 2 });
  expect(two.err).toBe('error: --data: cifar10 has two folders, a and b; give one\n');
  expect((await tenas(['worker', '--queue', 'redis://127.0.0.1:1', ...data('a', 'a')])).code).toBe(3);
});

describe.skipIf(absent !== null)(
  `a worker that ends${absent === null ? '' : ` (skipped: ${absent})`}`,
  () => {
    it('drains the queue, and ends with exit code 0 once it has been empty for a while', async () => {
      await using redis = await RedisServer.start();
      const spec = writeSpec(folder, 'drain', `score: {architectures: {sample: 40, seed: 4}, ${tiny}}`);
      const [local, queue] = [`${folder}/local`, `${folder}/queue`];
      expect((await tenas(['batch', 'run', spec, '--out', local, '--threads', '1', '--quiet'])).code).toBe(0);
      const args = ['worker', '--queue', redis.url, '--concurrency', '1', '--drain', '--json'];
      // A few jobs, then all that is left.
      const coordinator = tenas(['batch', 'run', spec, '--out', queue, '--queue', redis.url, '--json']);
      const some = await tenas([...args, '--idle', '60', '--max-jobs', '7']);
      expect(some.code, some.err).toBe(0);
      expect(JSON.parse(some.out)).toMatchObject({ done: 7, failed: 0 });
      expect(some.err).toContain('7 jobs are done');
      const rest = await tenas([...args, '--idle', '4']);
      expect(rest.code, rest.err).toBe(0);
      expect(rest.err).toContain('no work for 4 s');
      const { code, out } = await coordinator;
      expect(code).toBe(0);
      const { evaluations } = JSON.parse(out);
      expect(JSON.parse(rest.out)).toMatchObject({ done: evaluations - 7, failed: 0 });
      expect(await scoresOf(queue)).toEqual(await scoresOf(local));
    });

    it('ends with 0 where there is no work at all', async () => {
      await using redis = await RedisServer.start();
      const { code, out } = await tenas(['worker', '--queue', redis.url, '--drain', '--idle', '1', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ done: 0, failed: 0 });
    });
  },
);
