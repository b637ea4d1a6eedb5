import { nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { ArchitectureScorer, engineInfo, Programs, scoreArchitecture } from '../src/index.js';
import { fakeSource } from './fake-engine.js';

const space = nasBench201;
const convolutions =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';
const mixed = '|skip_connect~0|+|nor_conv_3x3~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|';
const small = {
  space,
  source: fakeSource(),
  repeats: 2,
  ntk: { batchSize: 4 },
  regions: { batches: 2, batchSize: 50 },
} as const;

describe('scoring architectures with the engine', () => {
  it('gives both metrics, size and times, all of it fit for JSON', async () => {
    const score = await scoreArchitecture({ ...small, arch: mixed, seed: 3 });
    expect(score).toMatchObject({ space: 'nas-bench-201', architecture: mixed, seed: 3 });
    expect(score.ntk.mode).toBe('sample');
    expect(score.ntk.conditionNumbers).toHaveLength(2);
    expect(score.ntk.outcomes).toEqual(['ok', 'ok']);
    expect(score.ntk.eigenvalues).toHaveLength(4);
    expect(score.ntk.eigenvalues).toEqual(score.ntk.eigenvalues.toSorted((a, b) => a - b));
    expect(score.ntk.conditionNumbers[0]).toBe(score.ntk.eigenvalues[3]! / score.ntk.eigenvalues[0]!);
    const logs = score.ntk.conditionNumbers.map((kappa) => Math.log(kappa!));
    expect(Math.log(score.ntk.conditionNumber!)).toBeCloseTo((logs[0]! + logs[1]!) / 2, 9);
    expect(score.regionCounts).toHaveLength(2);
    expect(score.regions).toBe((score.regionCounts[0]! + score.regionCounts[1]!) / 2);
    expect(score.params).toBeGreaterThan(10_000);
    expect(score.flops).toBeGreaterThan(score.params);
    expect(score.seconds.total).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(score))).toEqual(score);
  });

  it('is the same alone and among others, on one thread and on two, as text and parsed', async () => {
    const timeless = <T extends object>(score: T) => ({ ...score, seconds: null });
    using one = new ArchitectureScorer({ ...small, threads: 1 });
    using two = new ArchitectureScorer({ ...small, threads: 2 });
    const together = await one.scoreAll([convolutions, mixed]);
    const alone = [await two.score(space.parse(convolutions)), await two.score(mixed)];
    expect(together.map(timeless)).toEqual(alone.map(timeless));
    expect(together[0]!.ntk.conditionNumber).not.toBe(together[1]!.ntk.conditionNumber);
  });

  it('differs by seed and mode', async () => {
    const kappa = async (options: object) =>
      (await scoreArchitecture({ ...small, ...options, arch: convolutions })).ntk.conditionNumber;
    const base = await kappa({});
    expect(await kappa({})).toBe(base);
    expect(await kappa({ seed: 1 })).not.toBe(base);
    expect(await kappa({ ntk: { batchSize: 4, mode: 'batch' } })).not.toBe(base);
  });

  it('agrees with the engine that it is checked against', async () => {
    const fast = await scoreArchitecture({ ...small, arch: mixed });
    const reference = await scoreArchitecture({ ...small, arch: mixed, engine: 'reference' });
    expect(fast.ntk.conditionNumber! / reference.ntk.conditionNumber!).toBeCloseTo(1, 2);
    expect(fast.regionCounts).toEqual(reference.regionCounts);
  });

  it('tells how far it is', async () => {
    const seen: [number, number][] = [];
    using scorer = new ArchitectureScorer(small);
    await scorer.scoreAll([convolutions, mixed], { onProgress: (done, total) => seen.push([done, total]) });
    expect(seen.at(-1)).toEqual([8, 8]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
  });

  it('scores nothing as nothing', async () => {
    using scorer = new ArchitectureScorer(small);
    expect(await scorer.scoreAll([])).toEqual([]);
  });

  it('names what is wrong', async () => {
    await expect(scoreArchitecture({ ...small, arch: '|nor_conv_9x9~0|' })).rejects.toMatchObject({
      code: 'GENOTYPE_SYNTAX',
    });
    const wrong = (options: object, field: string) =>
      expect(() => new ArchitectureScorer({ ...small, ...options })).toThrowError(
        expect.objectContaining({ code: 'SETTING_INVALID', field }),
      );
    wrong({ seed: -1 }, 'seed');
    wrong({ repeats: 0 }, 'repeats');
    wrong({ aggregation: 'mode' }, 'aggregation');
    wrong({ ntk: { batchSize: 0 } }, 'batchSize');
  });

  it('stops when aborted, and does not work after disposal', async () => {
    const scorer = new ArchitectureScorer({ ...small, ntk: { batchSize: 64, mode: 'batch' }, repeats: 20 });
    const stop = new AbortController();
    const scoring = scorer.score(convolutions, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    const started = performance.now();
    await expect(scoring).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(1000);
    scorer.dispose();
    scorer.dispose();
    await expect(scorer.score(convolutions)).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});

describe('programs', () => {
  it('compiles each graph once', () => {
    using programs = new Programs();
    const { graph } = space.supernet.build({ C: 1, depth: 1, useStem: false });
    expect(programs.of(graph)).toBe(programs.of(graph));
    expect(programs.of(graph).slots).toBe(graph.slots.length);
    expect(programs.of(space.supernet.build({ C: 1, depth: 1, useStem: false }).graph)).not.toBe(
      programs.of(graph),
    );
  });
});

it('says which engine it is', () => {
  expect(engineInfo()).toEqual({
    name: 'tenas-native',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    isa: expect.any(String),
    device: expect.any(String),
  });
  expect(engineInfo('cpu').device).toBe('cpu');
});
