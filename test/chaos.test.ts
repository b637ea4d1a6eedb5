import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireBuild } from '../packages/cli/test/support/built-command.js';
import { StoreWatch } from './chaos/batch-outcome.js';
import { chaos, targetAbsent } from './chaos/chaos.js';
import { FailingWrites, injectionAbsent, type WriteAction } from './chaos/failing-writes.js';
import { compareByName } from './chaos/plain-results.js';
import { FAULTS, TARGETS, Tally } from './chaos/tally.js';
import { temporaryFolder } from './support/temporary-folder.js';

/** Kills of each target; `npm run chaos -- --kills N` makes more. */
const KILLS = 4;

/** Only progress counts, so a machine that is busy may take long. */
const TIMEOUT = 1_200_000;

const stop = new AbortController();
afterAll(() => stop.abort());

describe('what processes leave that are killed', () => {
  for (const target of TARGETS) {
    const absent = targetAbsent(target);
    it.skipIf(absent !== null)(
      `${target}: nothing is lost, doubled or different${absent === null ? '' : ` (skipped: ${absent})`}`,
      { timeout: TIMEOUT },
      async () => {
        requireBuild();
        const tally = await chaos({ target, kills: KILLS, seed: 1, signal: stop.signal });
        expect(tally.problems).toEqual([]);
        expect(tally.faulty).toBe(0);
        expect(tally.kills).toBeGreaterThanOrEqual(KILLS);
        expect(tally.rounds).toBeGreaterThan(0);
        // Some went on with what others had left.
        expect(tally.resumes).toBeGreaterThan(0);
      },
    );
  }
});

const folder = temporaryFolder();

it('tells what a log calls done and a store does not have, and what was done twice', () => {
  const lines = ['a', 'b', 'a'].map((job) => JSON.stringify({ job, msg: `done: score ${job}` }));
  writeFileSync(join(folder, 'batch.log'), `${lines.join('\n')}\n{"job":"c","msg":"done: to`);
  const tally = new Tally('runner');
  new StoreWatch(folder, folder).check(tally, 'batch');
  expect(tally.faults).toEqual({ lost: 3, doubled: 1, different: 0, crashes: 0, hangs: 0 });
});

const noInjection = injectionAbsent();
it.skipIf(noInjection !== null).each<[WriteAction, string | number, string]>([
  ['kill', 'SIGKILL', 'first'],
  ['kill-after', 'SIGKILL', 'firstsecond'],
  ['kill-torn', 'SIGKILL', 'firstsec'],
  ['short', 0, 'firstsecondthird'],
  ['ENOSPC', 'ENOSPC', 'firstthird'],
  ['EIO', 'EIO', 'firstthird'],
  ['full', 'ENOSPC', 'first'],
])('%s happens at the second write of a file, and nowhere else', (action, ending, content) => {
  const watched = join(folder, action);
  mkdirSync(watched);
  const writes = new FailingWrites({ folder: watched }, folder, { at: 2, action });
  const script = `
    const fs = require('node:fs');
    fs.writeFileSync(${JSON.stringify(join(folder, 'elsewhere'))}, 'not counted');
    const file = fs.openSync(${JSON.stringify(join(watched, 'file'))}, 'a');
    for (const text of ['first', 'second', 'third']) {
      try {
        for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(fs.writeSync(file, rest));
      } catch (error) { console.log(error.code); }
    }`;
  const env = { ...process.env, ...writes.environment };
  const { status, signal, stdout } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' });
  expect(stdout.split('\n')[0] || (signal ?? status)).toBe(ending);
  expect(readFileSync(join(watched, 'file'), 'utf8')).toBe(content);
  expect(writes.read().happened).toBe('write 2 (write of file)');
});

it('tells what is lost, what is different and what is too much', () => {
  const tally = new Tally('runner');
  const expected = new Map([
    ['same', 'a'],
    ['changed', 'b'],
    ['gone', 'c'],
  ]);
  const found = new Map([
    ['same', 'a'],
    ['changed', 'x'],
    ['new', 'd'],
  ]);
  compareByName(tally, 'batch', expected, found);
  expect(FAULTS.map((fault) => tally.faults[fault])).toEqual([1, 0, 2, 0, 0]);
  expect(tally.problems).toEqual([
    'different: batch: changed: expected "b", found "x"',
    'lost: batch: gone',
    'different: batch: new should not be there',
  ]);
});
