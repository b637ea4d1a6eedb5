import type { ScoreDocument } from '@tenas/records';
import { describe, expect, it } from 'vitest';
import type { UnitEvaluator } from '../src/evaluate.js';
import { isolateFailures, retryPause } from '../src/failures.js';
import { ScoreBatcher } from '../src/queue/score-batcher.js';
import { ThreadShares } from '../src/queue/thread-shares.js';
import type { ScoreTask } from '../src/tasks.js';

const never = new AbortController().signal;

describe('threads', () => {
  it('are lent in order, never more than there are', async () => {
    const shares = new ThreadShares(3);
    let [busy, most] = [0, 0];
    const order: number[] = [];
    const use = (name: number, count: number) =>
      shares.use(count, async () => {
        order.push(name);
        busy += count;
        most = Math.max(most, busy);
        await new Promise((resolve) => setImmediate(resolve));
        busy -= count;
        if (name === 2) throw new Error('fails');
        return name;
      });
    const results = await Promise.allSettled([use(0, 1), use(1, 2), use(2, 3), use(3, 1), use(4, 1)]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(3);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });
});

describe('a failure among many', () => {
  it('is found, and costs the others nothing', async () => {
    const asked: number[] = [];
    const work = async (items: readonly number[]) => {
      asked.push(items.length);
      if (items.some((item) => item % 5 === 3)) throw new Error(`cannot ${items.length}`);
      return items.map((item) => 10 * item);
    };
    const outcomes = await isolateFailures([0, 1, 2, 3, 4, 5, 6, 7], work, never);
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.value : 'failed'))).toEqual([
      0,
      10,
      20,
      'failed',
      40,
      50,
      60,
      70,
    ]);
    expect(outcomes[3]).toMatchObject({ error: { message: 'cannot 1' } });
    expect(asked[0]).toBe(8);
  });

  it('is not looked for once the work is stopped', async () => {
    const stop = new AbortController();
    const work = async () => {
      stop.abort();
      throw new Error('stopped');
    };
    await expect(isolateFailures([1, 2], work, stop.signal)).rejects.toThrow('stopped');
  });

  it('waits longer each time, but not for ever', () => {
    expect([1, 2, 3].map(retryPause)).toEqual([500, 1000, 2000]);
    expect(retryPause(100)).toBe(60_000);
  });
});

describe('scores that come one by one', () => {
  const task = (repeats: number) => ({ kind: 'score', repeats }) as unknown as ScoreTask;

  it('are evaluated together by setting and seed, and fail alone', async () => {
    const requests: string[][] = [];
    const evaluator = {
      async score(_work: unknown, architectures: readonly string[]) {
        requests.push([...architectures]);
        if (architectures.includes('bad')) throw new Error('bad');
        return architectures.map((architecture) => ({ architecture }) as unknown as ScoreDocument);
      },
    } as unknown as UnitEvaluator;
    const batcher = new ScoreBatcher(evaluator, new ThreadShares(2), never);
    const results = await Promise.allSettled([
      batcher.score(task(1), 0, 'a'),
      batcher.score(task(1), 1, 'b'),
      batcher.score(task(1), 0, 'c'),
      batcher.score(task(2), 0, 'd'),
      batcher.score(task(1), 1, 'bad'),
    ]);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value.architecture : 'failed')),
    ).toEqual(['a', 'b', 'c', 'd', 'failed']);
    expect(requests).toEqual([['a', 'c'], ['b', 'bad'], ['b'], ['bad'], ['d']]);
    expect((await batcher.score(task(1), 0, 'later')).architecture).toBe('later');
  });
});
