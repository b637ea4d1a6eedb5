import { afterAll, describe, expect, it } from 'vitest';
import { redisAbsent } from '../packages/cli/test/support/redis-server.js';
import { growthOf } from './soak/growth.js';
import { scenarios } from './soak/scenarios/index.js';
import { MOST_BYTES, MOST_GROWTH, soak } from './soak/soak.js';

const MEBIBYTE = 2 ** 20;

/** Operations of each scenario, for some seconds; `npm run soak -- --minutes N` goes on for longer. */
const COUNTS: Readonly<Record<string, number>> = {
  evaluations: 4000,
  programs: 300,
  cancellations: 120,
  disposals: 120,
  threads: 24,
  trainers: 300,
  stores: 28,
  queue: 14,
};

const stop = new AbortController();
afterAll(() => stop.abort());

describe('the growth of memory', () => {
  const samples = (bytes: (operations: number) => number) =>
    Array.from({ length: 60 }, (_, index) => ({ operations: 10 * index, bytes: bytes(10 * index) }));

  it('is the slope after the warm-up', () => {
    const { bytes, perOperation, from, to } = growthOf(samples((done) => 100 * MEBIBYTE + 50 * done));
    expect(perOperation).toBe(50);
    expect(bytes).toBe(50 * (to.operations - from.operations));
    expect(from.operations).toBe(200);
  });

  it('does not see a warm-up, noise and single peaks', () => {
    const found = growthOf(
      samples((done) => {
        if (done < 200) return done * MEBIBYTE;
        return (200 + (done % 70 === 0 ? 80 : 0)) * MEBIBYTE + ((done * 7919) % 4096);
      }),
    );
    expect(Math.abs(found.bytes)).toBeLessThan(MEBIBYTE / 10);
    expect(found.largestBytes).toBeGreaterThan(280 * MEBIBYTE);
  });

  it('needs samples', () => {
    expect(() => growthOf(samples(() => 1).slice(0, 5))).toThrow(/5 samples of memory are too few/);
  });
});

describe('memory stays flat', () => {
  it('in every scenario that there is', () => {
    expect(Object.keys(COUNTS)).toEqual(scenarios.map(({ name }) => name));
  });

  it.each(scenarios.filter(({ name }) => name !== 'queue').map(({ name }) => name))(
    '%s',
    async (scenario) => {
      await expectFlat(scenario);
    },
  );

  const absent = redisAbsent();
  it.skipIf(absent !== null)(`queue${absent === null ? '' : ` (skipped: ${absent})`}`, async () => {
    await expectFlat('queue');
  });

  async function expectFlat(scenario: string): Promise<void> {
    const operations = COUNTS[scenario]!;
    const found = await soak({ scenario, seed: 1, limit: { kind: 'operations', operations } }, stop.signal);
    expect(found.problems).toEqual([]);
    expect(found.operations).toBeGreaterThanOrEqual(operations);
    expect(found.growth!.bytes).toBeLessThanOrEqual(MOST_GROWTH);
    expect(found.growth!.largestBytes).toBeLessThanOrEqual(MOST_BYTES);
  }
});

it('finds a program that keeps something of each evaluation', async () => {
  const limit = { kind: 'operations', operations: 4000 } as const;
  const { problems } = await soak({ scenario: 'evaluations', seed: 1, limit, kept: 16_384 }, stop.signal);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^memory grew by [3-5]\d\.\d MiB over \d+ operations; the bound is 16\.0 MiB$/);
});
