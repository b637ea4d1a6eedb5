import { ntkWork, regionsWork } from '@tenas/cli';
import { GraphBuilder } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { tenas } from './support/run-in-process.js';

const small = ['--batch', '4', '--repetitions', '2', '--evaluations', '2'];

describe('bench', () => {
  it.each([
    [['--metric', 'ntk'], 'nas-bench-201', 'sample', [3, 32, 32]],
    [['--metric', 'ntk', '--space', 'darts', '--mode', 'batch', '--size', '8'], 'darts', 'batch', [3, 8, 8]],
    [['--metric', 'regions', '--channels', '2'], 'nas-bench-201', undefined, [2, 3, 3]],
  ])('%j prints one JSON document', async (argv, space, mode, inputShape) => {
    const { code, out, err } = await tenas(['bench', ...argv, ...small, '--threads', '1,2', '--json']);
    expect(err).not.toContain('error');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ space, inputShape, batchSize: 4, repetitions: 2 });
    expect(document.mode).toBe(mode);
    expect(document.results.map(({ threads }: { threads: number }) => threads)).toEqual([1, 2]);
    for (const result of document.results) {
      expect(result.millisecondsPerEvaluation.count).toBe(2);
      expect(result.millisecondsPerEvaluation.median).toBeGreaterThan(0);
      expect(result.evaluationsPerSecond).toBeCloseTo(1000 / result.millisecondsPerEvaluation.median, 6);
      expect(result.gflops).toBeGreaterThan(0);
      expect(result.peakResidentBytes).toBeGreaterThan(2 ** 20);
    }
    expect(document.results[0].speedUp).toBe(1);
  });

  it('prints a table for people', async () => {
    const arch = '|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|skip_connect~2|';
    const { code, out } = await tenas(['bench', ...small, '--threads', '1', '--arch', arch]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ntk \(sample mode\), nas-bench-201, 4 inputs of 3x32x32/);
    expect(out).toMatch(/threads +ms\/evaluation .* peak memory\n +1 /);
  });

  it.each([
    [['--threads', '1,none'], '--threads: got "1,none"; give whole numbers from 1 to 1024, as 1,2,4'],
    [['--threads', ''], '--threads: got ""'],
    [['--metric', 'zico'], '--metric: got "zico"; give one of ntk, regions'],
    [['--batch', '5000'], '--batch: got 5000; an NTK takes 2 to 4096 images'],
    [['--repetitions', '0'], '--repetitions: got "0"'],
    [['--space', 'nasnet'], 'nas-bench-201, darts'],
  ])('%j is refused with a reason', async (argv, problem) => {
    const { code, out, err } = await tenas(['bench', ...argv]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(problem);
  });
});

describe('multiply-adds', () => {
  // 2 -> 3 channels by 3x3 (54 weights) and 3 -> 4 by 1x1 (12) on 5x5, linear 4 -> 2 (8).
  const graph = () => {
    const builder = new GraphBuilder();
    const first = builder.conv2d(builder.input([2, 5, 5]), {
      name: 'a',
      outChannels: 3,
      kernel: 3,
      padding: 1,
    });
    const second = builder.conv2d(builder.batchNorm(first, { name: 'bn' }), {
      name: 'b',
      outChannels: 4,
      kernel: 1,
    });
    return builder.build(builder.linear(builder.globalAvgPool(second), { name: 'c', outFeatures: 2 }));
  };

  it('counts an NTK', () => {
    const [first, others] = [54 * 25, 12 * 25 + 8];
    const parameters = 54 + 12 + 8 + 3;
    const sample = ntkWork(graph(), { batchSize: 6, mode: 'sample' });
    expect(sample.forward).toBe(6 * (first + others));
    expect(sample.backward).toBe(6 * (first + 2 * others));
    expect(sample.gram).toBe(parameters * 21);
    expect(sample.total).toBe(sample.forward + sample.backward + sample.gram);
    expect(ntkWork(graph(), { batchSize: 6, mode: 'batch' }).backward).toBe(36 * (first + 2 * others));
  });

  it('counts regions', () => {
    expect(regionsWork(graph(), { inputs: 10 }).total).toBe(10 * (54 * 25 + 12 * 25 + 8));
  });
});
