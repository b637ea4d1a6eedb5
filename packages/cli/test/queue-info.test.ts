import { beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { Started } from './support/built-command.js';
import { QueueBatch, stop } from './support/queue-batch.js';
import { answering, type Command, RedisProxy, type Verdict } from './support/redis-proxy.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const absent = redisAbsent();
const folder = temporaryFolder();
let batch: QueueBatch<Started>;
/** What libraries print, past the command. */
const printed: string[] = [];

const refusing = (words: string) => answering(`return redis.error_reply('${words}')`);

/** ioredis prints this one by itself, past the command: what a process makes of it is tested. */
const PRINTED = 'NOPERM, with escapes for a terminal';

/** What comes in place of an answer to INFO, by name. */
const answers: readonly (readonly [string, Verdict])[] = [
  ['BUSY', refusing('BUSY Redis is busy running a script.')],
  ['LOADING', refusing('LOADING Redis is loading the dataset in memory')],
  [PRINTED, refusing('NOPERM \\27[2J\\27]0;title\\7 no permission')],
  ['an unknown error', refusing('ERR nobody knows this one')],
  ['a text without a version', answering("return 'x:y'")],
  ['an old version', answering("return 'redis_version:2.8.0'")],
  ['a list', answering("return {1, 'a', {}}")],
  ['the end of the connection', 'cut'],
];

/** Answers the next INFO commands of a connection's set-up otherwise; that of the check at the start passes. */
function others(count: number, verdict: Verdict): (command: Command) => Verdict {
  let left = count;
  return ({ words }) => (words[0] === 'info' && words.length === 1 && left-- > 0 ? verdict : 'pass');
}

function expectNoStumble(said: string): void {
  expect(printed).toEqual([]);
  expect(said).not.toMatch(/internal error|unhandled|^ {4}at /im);
  const withoutProgress = said.replaceAll('\u001b[K', '').replaceAll(/[\r\n]/g, ' ');
  expect(withoutProgress).not.toMatch(/\p{Cc}/u);
}

describe.skipIf(absent !== null)(
  `a Redis server that answers INFO otherwise${absent === null ? '' : ` (skipped: ${absent})`}`,
  // They wait for connections most of the time.
  { timeout: 600_000, concurrent: true },
  () => {
    beforeAll(async () => {
      batch = await QueueBatch.makeHere(folder, 4);
      for (const name of ['error', 'warn', 'log'] as const)
        vi.spyOn(console, name).mockImplementation((...words) => printed.push(words.join(' ')));
    });

    it.each(answers)('right after the check at the start: %s', async (name, verdict) => {
      await using redis = await RedisServer.start();
      await using before = await RedisProxy.before(redis.port);
      await using beside = await RedisProxy.before(redis.port);
      // Of the first connections, and again of those that are made when they were refused.
      before.decide = others(12, verdict);
      beside.decide = others(12, verdict);
      const commands = name === PRINTED ? batch.inProcesses() : batch;
      const worker = commands.worker(before.url);
      const out = `start-${name.replace(/\W/g, '')}`;
      const { code, err } = await commands.run(beside.url, out).ended;
      expect(code, err).toBe(0);
      const said = await stop(worker);
      expectNoStumble(err + said);
      await batch.expectSame(out);
    });

    it.each(answers.filter((_, index) => index % 2 === 0))(
      'when connections are made again in the middle of a run: %s',
      async (name, verdict) => {
        await using redis = await RedisServer.start();
        await using before = await RedisProxy.before(redis.port);
        await using beside = await RedisProxy.before(redis.port);
        const commands = name === PRINTED ? batch.inProcesses() : batch;
        const worker = commands.worker(before.url);
        await worker.says('works for');
        const out = `middle-${name.replace(/\W/g, '')}`;
        const running = commands.run(beside.url, out);
        await running.says('evaluations to make');
        for (const proxy of [before, beside]) {
          proxy.decide = others(12, verdict);
          proxy.cut();
        }
        const { code, err } = await running.ended;
        expect(code, err).toBe(0);
        expectNoStumble(err + (await stop(worker)));
        await batch.expectSame(out);
      },
    );
  },
);
