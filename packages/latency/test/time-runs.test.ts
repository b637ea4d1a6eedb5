import { RandomStream } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { medianError, timeRuns } from '../src/index.js';

/** Work whose runs take given times by a clock that only they move. */
function scripted(milliseconds: (run: number) => number) {
  let [now, run] = [0, 0];
  const work = async () => {
    now += milliseconds(run++);
  };
  return { work, clock: () => now, runs: () => run };
}

describe('timeRuns', () => {
  it('stops after the fewest runs where all take the same time', async () => {
    const { work, clock, runs } = scripted((run) => (run < 3 ? 100 : 5));
    const timing = await timeRuns(work, { clock });
    expect(timing).toEqual({
      ...{ median: 5, p10: 5, p90: 5, runs: 20, relativeError: 0, converged: true, warmUpRuns: 3 },
    });
    expect(runs()).toBe(23);
  });

  it('runs until the median is known as well as was asked for', async () => {
    const random = new RandomStream('timing', 1);
    const noisy = scripted(() => 10 + 2 * random.normal());
    const rough = await timeRuns(noisy.work, { clock: noisy.clock, relativeError: 0.05, maxSeconds: 1e6 });
    const fine = await timeRuns(noisy.work, { clock: noisy.clock, relativeError: 0.015, maxSeconds: 1e6 });
    expect([rough.converged, fine.converged]).toEqual([true, true]);
    expect(fine.relativeError).toBeLessThanOrEqual(0.015);
    expect(fine.runs).toBeGreaterThan(4 * rough.runs);
    expect(Math.abs(fine.median - 10)).toBeLessThan(0.3);
    expect(fine.p10).toBeLessThan(fine.median);
    expect(fine.p90).toBeGreaterThan(fine.median);
  });

  it('ends at the limit of runs or of time, and says so', async () => {
    const random = new RandomStream('timing', 2);
    const noisy = scripted(() => 10 + 3 * random.normal());
    const few = await timeRuns(noisy.work, { clock: noisy.clock, relativeError: 1e-4, maxRuns: 50 });
    expect(few).toMatchObject({ runs: 50, converged: false });
    const short = await timeRuns(noisy.work, { clock: noisy.clock, relativeError: 1e-4, maxSeconds: 1 });
    expect(short.converged).toBe(false);
    expect(short.runs).toBeGreaterThan(80);
    expect(short.runs).toBeLessThan(130);
  });

  it('stops between two runs', async () => {
    const stop = new AbortController();
    const { work, clock, runs } = scripted((run) => {
      if (run === 9) stop.abort(new Error('enough'));
      return 100;
    });
    await expect(timeRuns(work, { clock, signal: stop.signal })).rejects.toThrow('enough');
    expect(runs()).toBe(10);
  });

  it.each([
    [{ relativeError: 0 }, 'relativeError'],
    [{ minRuns: 1 }, 'minRuns'],
    [{ minRuns: 30, maxRuns: 20 }, 'maxRuns'],
  ])('refuses %j', async (options, field) => {
    await expect(timeRuns(async () => undefined, options)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      field,
    });
  });
});

describe('medianError', () => {
  it('covers the median of a normal distribution in about 95 % of samples', () => {
    const random = new RandomStream('coverage', 3);
    let covered = 0;
    for (let trial = 0; trial < 400; trial++) {
      const sorted = Array.from({ length: 100 }, () => 10 + random.normal()).sort((a, b) => a - b);
      const [low, high] = [sorted[40]!, sorted[60]!];
      expect(medianError(sorted)).toBeCloseTo((high - low) / (sorted[49]! + sorted[50]!), 12);
      if (low <= 10 && high >= 10) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
  });
});
