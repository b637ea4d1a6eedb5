import { describe, expect, it } from 'vitest';
import { unitFailure } from '../src/failures.js';
import { endingOf, WORKER_UNFIT } from '../src/queue/ending.js';
import { longestAnswer } from '../src/queue/finished-jobs.js';
import { InFlight } from '../src/queue/in-flight.js';
import { clippedFailure, failureText } from '../src/queue/messages.js';
import { QueueSigner } from '../src/queue/signing.js';
import { UnverifiedJobs } from '../src/queue/unverified-jobs.js';
import type { ScoreTask } from '../src/tasks.js';

const task: ScoreTask = {
  kind: 'score',
  results: 'r',
  space: 'nas-bench-201',
  dataset: { name: 'synthetic', fingerprint: 'f' },
  repeats: 1,
  isomorphic: 'each',
  metrics: [],
  plugins: [],
};
const turn = '0'.repeat(32);
const unit = { id: 1, key: 'k', seed: 0, architecture: 'a', attempts: 0 };
const given = { unit, task, turn };
const secret = new QueueSigner('a'.repeat(32));
const none = new QueueSigner(undefined);

function checksBy(signer: QueueSigner) {
  return { signer, constraintsOf: () => [] };
}

/** How a job ends by a failure that this signer signed. */
function failedWith(code: string, by: QueueSigner, readBy: QueueSigner) {
  const failure = { code, message: 'why' };
  const text = failureText({ ...failure, turn, signature: by.sign('failure', ['k', turn], failure) });
  return endingOf(given, { kind: 'failure', text, attempts: 1 }, checksBy(readBy));
}

describe('the end of a job', () => {
  it('counts among the few that a job has only where a coordinator can know who wrote it', () => {
    const foreign = new QueueSigner('b'.repeat(32));
    for (const code of ['INTERNAL', 'JOB_INVALID', 'JOB_UNSIGNED', 'DATA_INVALID', WORKER_UNFIT]) {
      for (const by of [foreign, none]) {
        expect(failedWith(code, by, secret)).toMatchObject({ kind: 'refused', counts: false });
      }
    }
    for (const answer of [null, 7, {}, { result: '{}', turn, signature: 'x' }]) {
      expect(endingOf(given, { kind: 'answer', answer }, checksBy(secret))).toMatchObject({ counts: false });
      expect(endingOf(given, { kind: 'answer', answer }, checksBy(none))).toMatchObject({ counts: true });
    }
    const broken = { kind: 'broken', problem: 'it has 9 bytes' } as const;
    expect(endingOf(given, broken, checksBy(secret))).toMatchObject({ counts: false });
    expect(endingOf(given, broken, checksBy(none))).toMatchObject({ counts: true });
  });

  it('is no failure where it is about the worker alone', () => {
    for (const signer of [secret, none]) {
      expect(failedWith('INTERNAL', signer, signer)).toMatchObject({ kind: 'failed', attempts: 1 });
      expect(failedWith('JOB_INVALID', signer, signer)).toMatchObject({ kind: 'refused', counts: true });
      for (const code of ['JOB_UNSIGNED', WORKER_UNFIT]) {
        expect(failedWith(code, signer, signer)).toMatchObject({ kind: 'refused', counts: false });
      }
    }
  });
});

/** What the evaluation of a unit throws, by what the failure that comes of it says. */
const thrown: readonly (readonly [string, string, unknown])[] = [
  ['INTERNAL', 'half a pair: \ufffd', new Error('half a pair: \ud83d')],
  ['INTERNAL', 'no', Object.assign(new Error('no'), { code: 'bad thing' })],
  ['INTERNAL', 'no', Object.assign(new Error('no'), { code: 7 })],
  ['INTERNAL', '7', Object.assign(new Error('no'), { message: 7 })],
  ['INTERNAL', 'Symbol(s)', Symbol('s')],
  ['INTERNAL', 'undefined', undefined],
  ['INTERNAL', '', new Error('')],
  ['INTERNAL', 'what was thrown has no words', Object.create(null)],
  [
    'INTERNAL',
    'what was thrown has no words',
    Object.defineProperty(new Error('no'), 'message', {
      get() {
        throw new Error('inner');
      },
    }),
  ],
  [
    'INTERNAL',
    'what was thrown has no words',
    new Proxy(new Error('no'), {
      getPrototypeOf() {
        throw new Error('inner');
      },
    }),
  ],
  ['ENOENT', 'a\r\n\0 [b] [c d]', Object.assign(new Error('a\r\n\0 [b] [c d]'), { code: 'ENOENT' })],
  ['INTERNAL', `${'😀'.repeat(79)}... (10001 characters)`, new Error(`a${'😀'.repeat(5000)}`)],
];

describe('a failure of a worker', () => {
  it.each(thrown)('is believed as %s: %j, whatever was thrown', (code, words, error) => {
    const failure = clippedFailure(unitFailure(error));
    const message = words.startsWith('😀') ? `a${words}` : words;
    expect(failure).toEqual({ code, message });
    const text = failureText({ ...failure, turn, signature: secret.sign('failure', ['k', turn], failure) });
    // As it lies in Redis.
    const stored = Buffer.from(text).toString();
    const ending = endingOf(given, { kind: 'failure', text: stored, attempts: 2 }, checksBy(secret));
    expect(ending).toEqual({ kind: 'failed', failure, attempts: 2 });
  });
});

describe('a job whose answers are refused', () => {
  it('has failed after twenty that count', () => {
    const job = new InFlight(unit, task);
    for (let count = 1; count < 20; count++) {
      expect(job.refuse(true)).toBe(true);
      expect(job.isDue(performance.now())).toBe(true);
      job.givenAgain();
    }
    expect(job.refuse(true)).toBe(false);
  });

  it('is given again for ever where they do not, after longer and longer pauses of at most a minute', () => {
    const job = new InFlight(unit, task);
    const isDueAfter = (milliseconds: number) => job.isDue(performance.now() + milliseconds);
    for (let count = 1; count <= 1000; count++) {
      expect(job.refuse(false)).toBe(true);
      expect(job.isToBeGivenAgain).toBe(true);
      expect(isDueAfter(60_000)).toBe(true);
      if (count <= 3) expect(isDueAfter(0)).toBe(true);
      if (count > 12) expect(isDueAfter(30_000)).toBe(false);
      job.givenAgain();
      expect(job.isToBeGivenAgain).toBe(false);
    }
  });
});

describe('a job whose workers are said to have vanished', () => {
  const text = 'job stalled more than allowable limit';
  const member = { version: 'v', name: 'w', threads: 1, signs: true };
  const alive = (at: number, id = 'worker') => [{ ...member, id, at }];
  const second = 1000;

  it('has failed at once without a secret, and is to be judged with one', () => {
    const ended = { kind: 'failure', text, attempts: 0 } as const;
    expect(endingOf(given, ended, checksBy(none))).toMatchObject({
      kind: 'failed',
      failure: { code: 'JOB_CRASHES' },
    });
    expect(endingOf(given, ended, checksBy(secret))).toMatchObject({ kind: 'vanished' });
  });

  it('loses no turn where no worker has signed that it began this one', () => {
    const job = new InFlight(unit, task);
    for (let count = 0; count < 1000; count++) {
      job.handOver(String(count));
      job.begun('worker', String(count - 1));
      expect(job.vanished(0)).toBe(false);
      expect(job.isSuspected).toBe(false);
      job.givenAgain();
    }
  });

  it('loses no turn where the worker that began it shows further signs of life', () => {
    const job = new InFlight(unit, task);
    for (let count = 0; count < 1000; count++) {
      const turn = String(count);
      job.handOver(turn);
      job.begun('worker', turn);
      expect(job.vanished(0)).toBe(true);
      expect(job.isDue(Number.MAX_VALUE)).toBe(false);
      expect(job.judge([], 5 * second)).toBe('open');
      expect(job.judge(alive(7), 6 * second)).toBe('open');
      expect(job.judge(alive(7), 9 * second)).toBe('open');
      expect(job.judge(alive(10), 12 * second)).toBe('alive');
      expect(job.isSuspected).toBe(false);
      job.givenAgain();
    }
  });

  it('has failed after four in which it was not heard of again', () => {
    const job = new InFlight(unit, task);
    const verdicts = ['1', '2', '3', '4'].map((turn) => {
      job.handOver(turn);
      job.begun('worker', turn);
      job.vanished(0);
      expect(job.judge(alive(9), 3 * second)).toBe('open');
      expect(job.judge(alive(30, 'another'), 14 * second)).toBe('open');
      const verdict = job.judge(alive(33, 'another'), 16 * second);
      if (verdict !== 'failed') job.givenAgain();
      return verdict;
    });
    expect(verdicts).toEqual(['gone', 'gone', 'gone', 'failed']);
  });
});

describe('jobs that a worker cannot verify', () => {
  it('make it rest, and not leave where it has verified one', async () => {
    let [rests, resumed] = [0, () => {}];
    const jobs = new UnverifiedJobs({
      rest: async () => {
        rests++;
      },
      resume: () => resumed(),
      signal: new AbortController().signal,
    });
    for (let turn = 1; turn <= 6; turn++) {
      jobs.verified();
      const over = new Promise<void>((resolve) => {
        resumed = resolve;
      });
      // Others that were under way belong to the same rest.
      for (let count = 0; count < 50; count++) expect(jobs.met('its signature is wrong', true)).toBeNull();
      await over;
      expect(rests).toBe(turn);
    }
  });
});

describe('the longest answer', () => {
  it('grows with the repeats and metrics of a score, up to that of a search', () => {
    const metric = { name: 'm', settings: {} };
    const bytes = (repeats: number, metrics: number) =>
      longestAnswer({ ...task, repeats, metrics: Array.from({ length: metrics }, () => metric) });
    expect(bytes(1, 1)).toBeLessThan(257 * 1024);
    // Every value as long as a double can be.
    const values = JSON.stringify(Array.from({ length: 10_000 }, () => -1.234567890123456e-300));
    expect(bytes(10_000, 2)).toBeGreaterThan(2 * values.length);
    expect(bytes(10_000, 256)).toBe(64 * 1024 * 1024);
  });
});
