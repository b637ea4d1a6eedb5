import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported, tiny, writeSpec } from './support/batch-results.js';
import { type Printed, start } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';
import { QueueBatch, stop } from './support/queue-batch.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';
import { smallSearch } from './support/small-search.js';

/** Where Debian, Fedora and Arch have libfaketime. */
const libraries = ['x86_64-linux-gnu/faketime', 'aarch64-linux-gnu/faketime', 'faketime'].map(
  (place) => `/usr/lib/${place}/libfaketimeMT.so.1`,
);
const library = libraries.find(existsSync);
const absent = library === undefined ? 'libfaketime is not installed (apt-get install faketime)' : null;
const folder = temporaryFolder();

/** A clock that is wrong; the one that only goes forward stays right. */
function clock(fake: object): NodeJS.ProcessEnv {
  return { LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', ...fake };
}

const WRONG = ['@1995-06-01 12:00:00', '@2100-06-01 12:00:00', '-1d', '+1d'];

/** No time or rate of a run is negative or none. */
function expectSound({ code, out, err }: Printed, expected = 0): void {
  expect(code, err).toBe(expected);
  expect(out + err).not.toMatch(/NaN|Infinity|null jobs|(?<![\w.:-])-\d[\d.]* ?(s|ms|min|h|d|jobs)\b/);
}

/** What a page of a batch shows at first: an event in JSON. */
async function firstEvent(address: string): Promise<string> {
  const { body } = await fetch(new URL('events', address));
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of body!) {
    text += decoder.decode(part, { stream: true });
    if (text.endsWith('\n\n')) break;
  }
  return text.slice('data: '.length);
}

describe.skipIf(absent !== null)(
  `a wrong clock${absent === null ? '' : ` (skipped: ${absent})`}`,
  { timeout: 600_000 },
  () => {
    let batch: QueueBatch;

    beforeAll(async () => {
      batch = await QueueBatch.make(folder, 60);
    });

    it.each(WRONG)('%s changes no result of a batch, and shows no wrong times', async (fake) => {
      const out = `at-${WRONG.indexOf(fake)}`;
      const run = ['batch', 'run', batch.spec, '--out', out];
      expectSound(await start(run, folder, clock({ FAKETIME: fake })).ended);
      await batch.expectSame(out);
      // Today it is another day than when the results were stored.
      for (const args of [run, ['batch', 'status', out], ['batch', 'verify', out], ['batch', 'results', out]])
        expectSound(await tenasServed(args, folder));
      const again = start(['batch', 'status', out], folder, clock({ FAKETIME: '@1980-01-01 00:00:00' }));
      expectSound(await again.ended);
    });

    it.each(WRONG)('%s changes nothing of the page of a batch that is watched', async (fake) => {
      const out = `watched-${WRONG.indexOf(fake)}`;
      expectSound(await tenasServed(['batch', 'run', batch.spec, '--out', out, '--quiet'], folder));
      const watching = start(['batch', 'watch', out, '--serve'], folder, clock({ FAKETIME: fake }));
      const [address] = await new Promise<RegExpExecArray>((found, ended) => {
        let text = '';
        watching.child.stdout!.on('data', (part: Buffer) => {
          text += part.toString();
          const named = /http:\/\/127\.0\.0\.1:\d+\//.exec(text);
          if (named !== null) found(named);
        });
        watching.child.once('exit', () => ended(new Error('the watching command ended')));
      });
      const event = await firstEvent(address);
      const { status, parts } = JSON.parse(event);
      expect(status).toBe('Ended: 60 of 60 jobs done');
      expect(parts.progress).toContain('<progress max="60" value="60"');
      expect((await (await fetch(address)).text()) + event).not.toMatch(
        /NaN|Infinity|Invalid Date|(?<![\w.:-])-\d[\d.]* ?(ms|min|jobs)\b/,
      );
      watching.child.kill('SIGINT');
      expectSound(await watching.ended, 130);
    });

    it('that jumps back and forth during a batch loses and doubles nothing', async () => {
      const times = join(folder, 'times');
      const set = (fake: string) => writeFileSync(times, fake);
      set('+0');
      const spec = writeSpec(folder, 'jumps', `score: {architectures: {sample: 150, seed: 3}, ${tiny}}`);
      const run = (out: string) => ['batch', 'run', spec, '--out', out];
      const env = clock({ FAKETIME_TIMESTAMP_FILE: times, FAKETIME_NO_CACHE: '1' });
      const { ended, says } = start(run('jumps'), folder, env);
      await says('evaluations to make');
      let over = false;
      void ended.then(() => {
        over = true;
      });
      for (let jump = 0; !over; jump++) {
        set(['-1d', '+1d', '-40d', '+40d'][jump % 4]!);
        await sleep(20);
      }
      expectSound(await ended);
      expectSound(await tenasServed(run('straight'), folder));
      expect(await exported('jumps', folder)).toEqual(await exported('straight', folder));
      const done = readFileSync(join(folder, 'jumps', 'batch.log'), 'utf8').match(
        /"job":"\w+"(?=.*"done: )/g,
      );
      expect(new Set(done).size).toBe(done?.length);
    });

    const noRedis = redisAbsent();
    it.skipIf(noRedis !== null)(
      `of a coordinator and of its workers keeps none from working${noRedis === null ? '' : ` (skipped: ${noRedis})`}`,
      async () => {
        await using redis = await RedisServer.start();
        const queue = ['--queue', redis.url];
        const own = ['worker', ...queue, '--concurrency', '1', '--stall-timeout', '4'];
        const workers = ['@1995-06-01 12:00:00', '+1d'].map((fake) =>
          start(own, folder, clock({ FAKETIME: fake })),
        );
        await Promise.all(workers.map(({ says }) => says('works for')));
        const args = ['batch', 'run', batch.spec, '--out', 'queue', ...queue];
        expectSound(await start(args, folder, clock({ FAKETIME: '-1d' })).ended);
        for (const worker of workers) await stop(worker);
        await batch.expectSame('queue');
      },
    );

    it('changes nothing of a search that is stopped and resumed', async () => {
      const search = ['search', '--seed', '1', ...smallSearch];
      const { child, ended, says } = start(
        [...search, '--out', 'stopped'],
        folder,
        clock({ FAKETIME: '+1d' }),
      );
      await says('step 1/3');
      child.kill('SIGINT');
      expectSound(await ended, 130);
      const [partial] = readdirSync(join(folder, 'stopped'));
      const resume = [...search, '--resume', join('stopped', partial!), '--out', 'resumed', '--json'];
      const resumed = await start(resume, folder, clock({ FAKETIME: '@1995-06-01 12:00:00' })).ended;
      expectSound(resumed);
      const whole = await tenasServed([...search, '--out', 'whole', '--json'], folder);
      const [found, expected] = [resumed, whole].map(({ out }) => JSON.parse(out));
      expect(found.architecture).toBe(expected.architecture);
      const [scores, others] = [found, expected].map((record) =>
        JSON.stringify(record.scores, (name, value) => (name === 'seconds' ? undefined : value)),
      );
      expect(scores).toBe(others);
      expect(found.seconds).toBeGreaterThan(0);
    });

    it('changes no weight of a training that is killed and resumed', async () => {
      const cell = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|';
      const train = (out: string) => [
        ...[
          'train',
          '--arch',
          cell,
          '--channels',
          '2',
          '--cells',
          '1',
          '--images',
          '64',
          '--image-size',
          '16',
        ],
        ...['--batch', '32', '--epochs', '8', '--out', out, '--resume'],
      ];
      const { child, ended } = start(train('killed'), folder, clock({ FAKETIME: '+1d' }));
      const checkpoint = join(folder, 'killed', 'checkpoint.tenas');
      let over = false;
      void ended.then(() => {
        over = true;
      });
      while (!over && !existsSync(checkpoint)) await sleep(5);
      child.kill('SIGKILL');
      await ended;
      const again = start(train('killed'), folder, clock({ FAKETIME: '@1995-06-01 12:00:00' }));
      expectSound(await again.ended);
      expectSound(await tenasServed(train('never-killed'), folder));
      const weights = ['killed', 'never-killed'].map((out) =>
        readFileSync(join(folder, out, 'model.safetensors')),
      );
      expect(weights[0]).toEqual(weights[1]);
    });
  },
);
