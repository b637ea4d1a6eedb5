import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsShape } from '@tenas/base/settings';
import { freshRepeat, tasksSubject, tasksWork } from '@tenas/cli';
import { GraphBuilder, graphCost } from '@tenas/graph';
import { chooseMetrics, isCounting, isProbing, isTraining, listMetrics, type Metric } from '@tenas/metrics';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { freshRepeats } from '../src/benchmark/subject.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const arch = '|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|skip_connect~2|';
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

  /** A flag for a batch of 4, where the metric has batches. */
  const fewImages = ({ name, settings }: Metric): string[] =>
    settingsShape(settings)
      .keys()
      .some(({ key }) => key === 'batchSize')
      ? ['--set', `${name}.batchSize=4`]
      : [];
  const once = ['--size', '8', '--repetitions', '1', '--evaluations', '1', '--threads', '1', '--json'];
  const looking = listMetrics().filter(isProbing);
  const counting = listMetrics().filter(isCounting);

  it.each(looking)('measures $name', async (metric) => {
    const argv = ['bench', '--metric', metric.name, ...fewImages(metric), ...once];
    const { code, out, err } = await tenas(argv);
    expect(code, err).toBe(0);
    const document = JSON.parse(out);
    const { settings } = chooseMetrics([metric])[0]!;
    const graph = nasBench201.network(nasBench201.parse(arch));
    const kinds = isProbing(metric) ? metric.tasks(settings, graph).map(({ kind }) => kind) : [];
    expect(document).toMatchObject({ metric: metric.name, inputShape: [expect.any(Number), 8, 8] });
    expect(Object.keys(document.settings)).toEqual(Object.keys(settings));
    expect(document.results[0].millisecondsPerEvaluation.median).toBeGreaterThan(0);
    // The metric of the weights alone asks for nothing.
    expect(document.multiplyAdds.forward > 0).toBe(kinds.length > 0);
    expect(document.multiplyAdds.backward > 0).toBe(kinds.some((kind) => ['ntk', 'gradient'].includes(kind)));
  });

  it.each(counting)('refuses $name, which looks at no network', async ({ name }) => {
    const { code, err } = await tenas(['bench', '--metric', name]);
    expect(code).toBe(2);
    expect(err).toContain(
      `--metric: got "${name}"; give one that looks at a network or trains it: ntk, regions`,
    );
  });

  it.each(listMetrics().filter(isTraining))('measures trainings by $name', async ({ name }) => {
    const short = ['epochs=2', 'images=16', 'batchSize=8'].flatMap((set) => ['--set', `${name}.${set}`]);
    const argv = [
      'bench',
      '--metric',
      name,
      ...short,
      '--channels',
      '2',
      '--size',
      '8',
      '--repetitions',
      '2',
    ];
    const { code, out, err } = await tenas([...argv, '--threads', '1,2', '--json']);
    expect(code, err).toBe(0);
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      metric: name,
      architecture: nasBench201.example,
      inputShape: [3, 8, 8],
      settings: { epochs: 2 },
      results: [
        { threads: 1, evaluations: 1 },
        { threads: 2, evaluations: 2 },
      ],
    });
    expect(err).toMatch(/training with 1 thread\n {2}0\/2: \d+ ms per training, not counted\n {2}1\/2: /);
    const [result] = document.results;
    expect(result.millisecondsPerEvaluation.count).toBe(2);
    expect(result.imagesPerSecond).toBeCloseTo((1000 / result.millisecondsPerEvaluation.median) * 32, 6);
    const graph = nasBench201.network(nasBench201.parse(nasBench201.example), {
      ...{ C: 2, N: 1, inputShape: [3, 8, 8] },
    });
    const validation = name === 'early-accuracy' ? 1000 : 0;
    expect(document.multiplyAdds.forward).toBe(graphCost(graph).macs * (32 + validation));
    const table = await tenas([...argv, '--threads', '1', '--arch', arch]);
    expect(table.out).toContain(
      `${name}, nas-bench-201, ${arch}\n2 epochs of 16 images of 3x8x8, batches of 8`,
    );
    expect(table.out).toMatch(/threads +ms\/training .* images\/s .*\n +1 /);
  });

  it('gives the evaluations of a request inputs and weights of their own, without drawing each number anew', () => {
    const graph = nasBench201.network(nasBench201.parse(arch), { C: 3, N: 1, numClasses: 10 });
    const subject = tasksSubject(graph, { tasks: [{ kind: 'forward', statistics: 'batch' }], batchSize: 8 });
    const repeats = freshRepeats(subject, 5, 3);
    expect(repeats[0]).toEqual(freshRepeat(subject, 5));
    const starts = repeats.map(({ inputs }) => [...inputs.slice(0, 3)].join());
    expect(new Set(starts).size).toBe(3);
    expect(repeats.map(({ weights }) => weights)).toMatchObject([{ seed: 5 }, { seed: 6 }, { seed: 7 }]);
    expect(new Set(repeats.map(({ inputs }) => inputs.buffer)).size).toBe(1);
    expect(repeats[0]!.inputs.buffer.byteLength).toBeLessThan(1.1 * repeats[0]!.inputs.byteLength);
  });

  it('measures a metric of your own by its file, with its settings', async () => {
    const file = join(folder, 'spread.mjs');
    writeFileSync(
      file,
      `import { z } from 'zod';
      export default {
        name: 'spread', title: 'largest logit', better: 'higher', paper: '', needs: [],
        settings: z.strictObject({ images: z.int().min(2).max(64).default(16).describe('images per batch') }),
        pass: ({ images }) => ({ network: 'proxy', inputs: { kind: 'training' }, batchSize: images, init: 'pytorch' }),
        tasks: () => [{ kind: 'forward', statistics: 'batch' }],
        failures: { overflow: 'a logit is no finite number' },
        value([{ logits }]) {
          const most = Math.max(...logits);
          return Number.isFinite(most) ? most : { failure: 'overflow' };
        },
      };`,
    );
    const { code, out, err } = await tenas(['bench', '--metric', file, '--set', 'spread.images=3', ...once]);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ metric: 'spread', settings: { images: 3 }, batchSize: 3 });
    const help = await tenas(['bench', '--metric', file, '--help'], { columns: 100 });
    expect(help.out).toMatch(/Settings of spread .*\n +spread\.images +images per batch; .*\(default: 16\)/);
  });

  it('measures one architecture where there is no supernet', async () => {
    const narrow = ['--space', 'nats-size', '--arch', '8:8:8:8:8', '--batch', '4'];
    const { code, out, err } = await tenas(['bench', ...narrow, ...once]);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      space: 'nats-size',
      inputShape: [3, 8, 8],
      architecture: '8:8:8:8:8',
    });
  });

  it('measures the example of a space that has no supernet', async () => {
    const { code, out, err } = await tenas(['bench', '--space', 'nats-size', '--batch', '4', ...once]);
    expect(code, err).toBe(0);
    expect(JSON.parse(out).architecture).toBe(getSpace('nats-size').example);
  });

  it('prints a table for people', async () => {
    const { code, out } = await tenas(['bench', ...small, '--threads', '1', '--arch', arch]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ntk \(sample mode\), nas-bench-201, 4 inputs of 3x32x32/);
    expect(out).toMatch(/threads +ms\/evaluation .* peak memory\n +1 /);
  });

  it.each([
    [['--threads', '1,none'], '--threads: got "1,none"; give whole numbers from 1 to 1024, as 1,2,4'],
    [['--threads', ''], '--threads: got ""'],
    [['--metric', 'kappa'], 'unknown metric "kappa", known are ntk, regions'],
    [['--batch', '5000'], '--set ntk.batchSize: got "5000"; give a whole number from 2 to 4096'],
    [['--metric', 'synflow', '--batch', '4'], '--set synflow.batchSize: no such setting of synflow'],
    [
      ['--metric', 'tse', '--device', 'cuda'],
      '--device: got "cuda"; give auto or cpu: the metric trains on the CPU',
    ],
    [['--metric', 'tse', '--mode', 'batch'], '--set tse.mode: no such setting of tse'],
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
    const work = (mode: 'batch' | 'sample') =>
      tasksWork(graph(), { tasks: [{ kind: 'ntk', mode }], batchSize: 6 });
    const sample = work('sample');
    expect(sample.forward).toBe(6 * (first + others));
    expect(sample.backward).toBe(6 * (first + 2 * others));
    expect(sample.gram).toBe(parameters * 21);
    expect(sample.total).toBe(sample.forward + sample.backward + sample.gram);
    expect(work('batch').backward).toBe(36 * (first + 2 * others));
  });

  it('counts forward passes', () => {
    expect(tasksWork(graph(), { tasks: [{ kind: 'regions', batches: 2 }], batchSize: 5 }).total).toBe(
      10 * (54 * 25 + 12 * 25 + 8),
    );
  });

  it('counts tasks, a gradient by the image where it is wanted', () => {
    const [first, others] = [54 * 25, 12 * 25 + 8];
    const gradient = (of: readonly ('parameters' | 'input')[]) =>
      ({
        kind: 'gradient',
        loss: { kind: 'sum' },
        statistics: 'batch',
        of,
        reduce: 'sums',
        batches: 2,
      }) as const;
    const work = (of: readonly ('parameters' | 'input')[]) =>
      tasksWork(graph(), { tasks: [gradient(of)], batchSize: 6 });
    expect(work(['parameters']).forward).toBe(12 * (first + others));
    expect(work(['parameters']).backward).toBe(12 * (first + 2 * others));
    expect(work(['input']).backward).toBe(12 * 2 * (first + others));
    const both = tasksWork(graph(), { tasks: [gradient(['input']), { kind: 'codes' }], batchSize: 6 });
    expect(both.total).toBe(work(['input']).total + 6 * (first + others));
  });
});

describe('bench --format', () => {
  const argv = ['bench', '--metric', 'ntk', ...small, '--threads', '1,2', '--device', 'cpu'];
  const name = 'ntk/nas-bench-201/sample/1-threads';

  it('github-action is a list of customSmallerIsBetter', async () => {
    const { code, out } = await tenas([...argv, '--format', 'github-action']);
    expect(code).toBe(0);
    const entries = JSON.parse(out);
    expect(entries).toHaveLength(2);
    expect(entries[0]).toEqual({
      name,
      unit: 'ms',
      value: expect.any(Number),
      range: expect.stringMatching(/^± [\d.,]+ %$/),
      extra: expect.stringMatching(
        /^CPU: .+\ngovernor: .+\ninstruction set: .+\ncompiler: .+\nNode: [\s\S]*load before: /,
      ),
    });
  });

  it('bmf has latencies in nanoseconds with their bounds', async () => {
    const { out } = await tenas([...argv, '--format', 'bmf']);
    const { latency } = JSON.parse(out)[name];
    expect(Object.keys(latency)).toEqual(['value', 'lower_value', 'upper_value']);
    expect(latency.value).toBeGreaterThan(1e4);
    expect(latency.lower_value).toBeLessThanOrEqual(latency.value);
    expect(latency.upper_value).toBeGreaterThanOrEqual(latency.value);
  });

  it('markdown is two tables', async () => {
    const { out } = await tenas([...argv, '--format', 'markdown']);
    expect(out).toMatch(/^\| what \| median \| p10 - p90 \| unit \|\n/);
    expect(out).toContain('| ntk, nas-bench-201, sample, 2 threads, per evaluation |');
    expect(out).toContain('| environment | |');
  });

  it('and --json are one too many', async () => {
    const { code, err } = await tenas([...argv, '--format', 'bmf', '--json']);
    expect(code).toBe(2);
    expect(err).toContain('--format: got "bmf"; give it or --json');
  });
});
