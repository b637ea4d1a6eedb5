import type { BatchEvent } from '@tenas/runner';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Tally } from '../src/commands/batch/progress.js';
import { ToldFailures } from '../src/commands/batch/told-failures.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

/** A batch that has begun. */
function begun(unitsOf: Readonly<Partial<Record<'score' | 'search', number>>>): Tally {
  const units = Object.values(unitsOf).reduce((sum, count) => sum + count, 0);
  const tally = new Tally();
  const counts = { jobs: units, added: units, done: 0, failed: 0, units, threads: 2 };
  tally.take({ kind: 'start', ...counts, unitsOf });
  return tally;
}

/** Units of one kind that end after so many seconds. */
function ended(tally: Tally, task: 'score' | 'search', count: number, each: number, after: number): void {
  vi.advanceTimersByTime(after * 1000);
  for (let index = 0; index < count; index++) {
    const event: BatchEvent = {
      kind: 'unit-done',
      key: `${index}`,
      task,
      what: '',
      seconds: each,
      worker: '',
    };
    tally.take(event);
  }
  tally.take({ kind: 'advance', status: 'done', changed: { jobs: count, units: count } });
}

describe('the time left of a batch', () => {
  it('counts a search for as much as it takes beside scores', () => {
    // 20 searches of 10 s and 10,000 scores of 5 ms on two threads: 125 s in all.
    const tally = begun({ search: 20, score: 10_000 });
    expect(tally.rest()).toBe('; search 0/20, score 0/10000');
    ended(tally, 'search', 2, 10, 10);
    expect(tally.rest()).toBe(', 0.20 jobs/s; search 2/20, score 0/10000');
    ended(tally, 'score', 1000, 0.005, 2.5);
    // 90 s of searches and 22.5 s of scores.
    expect(tally.rest()).toMatch(/, about 1 min 5[23] s left; search 2\/20, score 1000\/10000$/);
    ended(tally, 'search', 18, 10, 90);
    expect(tally.rest()).toMatch(/, about 22 s left; search 20\/20, score 1000\/10000$/);
  });

  it('follows the rate where all work is of one kind', () => {
    const tally = begun({ score: 100 });
    expect(tally.rest()).toBe('');
    ended(tally, 'score', 25, 0.4, 5);
    expect(tally.rest()).toBe(', 5.0 jobs/s, about 15 s left');
  });
});

describe('failures of jobs', () => {
  it('are told a few times per code, shortened, and counted', () => {
    const failures = new ToldFailures();
    const failed = (code: string, message: string) =>
      failures.line({
        kind: 'unit-failed',
        key: 'k',
        what: 'score',
        attempts: 1,
        code,
        message,
        retried: false,
      });
    const long = `it\n  says ${'a lot '.repeat(1000)}`;
    const lines = Array.from({ length: 5000 }, () => failed('JOB_INVALID', long));
    expect(lines.filter((line) => line !== null)).toHaveLength(3);
    expect(lines[0]).toMatch(/^failed: score: it says a lot .*\(\d+ characters\)$/);
    expect(lines[0]!.length).toBeLessThan(250);
    expect(failed('INTERNAL', 'short')).toBe('failed: score: short');
    expect(failures.others()).toEqual([
      'failed: 4,997 other evaluations with JOB_INVALID; batch.log has all',
    ]);
    expect(failures.others()).toEqual([]);
  });
});
