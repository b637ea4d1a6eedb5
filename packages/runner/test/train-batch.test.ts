import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset, splitSource } from '@tenas/data';
import { readSafetensors } from '@tenas/graph';
import { readBatchRow, readDocument, type TrainingRecord } from '@tenas/records';
import { nasBench201, QUICK_RECIPE } from '@tenas/spaces';
import { sizeToTrain, trainNetwork } from '@tenas/train';
import { describe, expect, it } from 'vitest';
import {
  type BatchEvent,
  BatchStore,
  csvLines,
  estimateBatch,
  jsonLines,
  runBatch,
  StoreReader,
} from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

const space = nasBench201;
const one = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|';
const two = '|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|none~2|';
const datasets = 'datasets: {tiny: {dataset: synthetic, size: 16, seed: 3}}';
const section = (more: string, architectures = `['${one}', '${two}']`) =>
  `train: {datasets: tiny, architectures: ${architectures}, images: 160, epochs: 3, batchSizes: 32, channels: 4, cells: 1, ${more}}`;

async function run(
  spec: string,
  options: { folder?: string; threads?: number; stopAt?: (event: BatchEvent) => boolean } = {},
) {
  const folder = options.folder ?? temporaryFolder();
  const out = join(folder, 'out');
  writeFileSync(join(folder, 'spec.yaml'), spec);
  const stop = new AbortController();
  const events: BatchEvent[] = [];
  const summary = await runBatch({
    spec: join(folder, 'spec.yaml'),
    out,
    threads: options.threads ?? 2,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (options.stopAt?.(event)) stop.abort();
    },
  });
  return { folder, out, summary, events };
}

const everything = ['pending', 'queued', 'running', 'done', 'failed'] as const;

function rowsOf(out: string) {
  using reader = new StoreReader(out);
  return [...jsonLines(reader.rows({ statuses: everything }))].map((line) =>
    readBatchRow(JSON.parse(line), 'row'),
  );
}

/** The weights of every job, by architecture and seed. */
function weightsOf(out: string): Map<string, Buffer> {
  return new Map(
    rowsOf(out).map(({ architecture, seed, result }) => {
      const { weights } = result as TrainingRecord;
      return [`${architecture} ${seed}`, readFileSync(join(out, weights))];
    }),
  );
}

/** A record without what depends on when it was made. */
const timeless = (record: unknown) =>
  JSON.parse(
    JSON.stringify(record, (name, value) => (['seconds', 'imagesPerSecond'].includes(name) ? 0 : value)),
  );

describe('trainings of a batch', () => {
  it('are what trainNetwork gives, on any number of threads, and after a stop', async () => {
    const spec = `${datasets}\n${section('seeds: [0, 1], settings: {rate: 0.05}')}`;
    const whole = await run(spec);
    expect(whole.summary).toMatchObject({ jobs: { total: 4, done: 4, failed: 0 }, evaluations: 4 });
    const files = weightsOf(whole.out);

    const source = await openDataset({ dataset: 'synthetic', size: 16, seed: 3, images: 160 });
    const { training, validation } = await splitSource(source, { seed: 1, validation: 0.1 });
    const direct = await trainNetwork({
      graph: space.network(space.parse(one), sizeToTrain(space, source, { channels: 4, cells: 1 })),
      ...{ training, validation, test: validation, epochs: 3, batchSize: 32, seed: 1 },
      recipe: { ...QUICK_RECIPE, sgd: { ...QUICK_RECIPE.sgd, rate: 0.05 } },
    });
    const { tensors, metadata } = readSafetensors(files.get(`${one} 1`)!);
    expect(metadata).toMatchObject({ trained: 'true', space: 'nas-bench-201', architecture: one });
    for (const [name, { data }] of direct.parameters) expect(tensors.get(name)?.data).toEqual(data);
    const row = rowsOf(whole.out).find(({ architecture, seed }) => architecture === one && seed === 1)!;
    expect(timeless((row.result as TrainingRecord).epochs)).toEqual(timeless(direct.epochs));

    // Stopped while the second training is under way, then on one thread.
    const stopped = await run(spec, {
      threads: 2,
      stopAt: (event) => event.kind === 'epoch' && event.done === 2,
    });
    expect(stopped.summary.interrupted).toBe(true);
    expect(stopped.summary.jobs.done).toBeLessThan(4);
    const checkpoints = readdirSync(join(stopped.out, 'trained')).filter((key) =>
      existsSync(join(stopped.out, 'trained', key, 'checkpoint.tenas')),
    );
    expect(checkpoints.length).toBeGreaterThan(0);
    const resumed = await run(spec, { folder: stopped.folder, threads: 1 });
    expect(resumed.summary).toMatchObject({ jobs: { done: 4 }, interrupted: false });
    const [firstEpoch] = resumed.events.filter((event) => event.kind === 'epoch');
    expect(firstEpoch).toMatchObject({ kind: 'epoch', epochs: 3 });
    expect((firstEpoch as { done: number }).done).toBeGreaterThan(0);
    expect(weightsOf(resumed.out)).toEqual(files);
    const results = (out: string) => rowsOf(out).map(({ result }) => timeless(result));
    expect(results(resumed.out)).toEqual(results(whole.out));
    // Nothing is left of what was under way.
    for (const key of readdirSync(join(resumed.out, 'trained'))) {
      expect(readdirSync(join(resumed.out, 'trained', key)).sort()).toEqual([
        'model.safetensors',
        'train.json',
      ]);
    }
  });

  it('leave neither checkpoints nor halves of files where the process ended before it had removed them', async () => {
    const spec = `${datasets}\n${section('seeds: 0')}`;
    const { folder, out } = await run(spec);
    const folders = readdirSync(join(out, 'trained'));
    expect(folders).toHaveLength(2);
    for (const key of folders) {
      writeFileSync(join(out, 'trained', key, 'checkpoint.tenas'), 'left behind');
      writeFileSync(join(out, 'trained', key, '.tenas-0123456789abcdef.tmp'), 'half of a file');
    }
    expect((await run(spec, { folder })).summary.jobs).toMatchObject({ skipped: 2 });
    for (const key of folders)
      expect(readdirSync(join(out, 'trained', key)).sort()).toEqual(['model.safetensors', 'train.json']);
  });

  it('start anew where their checkpoint is damaged', async () => {
    const spec = `${datasets}\n${section('seeds: 0', `['${one}']`)}`;
    const stopped = await run(spec, { stopAt: (event) => event.kind === 'epoch' && event.done === 1 });
    const [key] = readdirSync(join(stopped.out, 'trained'));
    writeFileSync(join(stopped.out, 'trained', key!, 'checkpoint.tenas'), 'nonsense');
    const resumed = await run(spec, { folder: stopped.folder });
    expect(resumed.summary.jobs).toMatchObject({ done: 1, failed: 0 });
    expect(weightsOf(resumed.out)).toEqual(weightsOf((await run(spec)).out));
  });

  it('write columns and documents that others read', async () => {
    const { out } = await run(
      `${datasets}\n${section('seeds: 0, settings: {flip: false, rate: 0.05}')}\nscore: {architectures: ['${one}'], metrics: [params]}`,
    );
    using reader = new StoreReader(out);
    const [header, ...lines] = [...csvLines(reader, { kind: 'train' })];
    const cells = new Map(header!.split(',').map((name, index) => [name, lines[0]!.split(',')[index]]));
    expect(Object.fromEntries(cells)).toMatchObject({
      ...{ kind: 'train', recipe: 'quick', epochs: '3', batchSize: '32', channels: '4', cells: '1' },
      settings: 'rate=0.05 flip=false',
      ...{ testAccuracy: '', dataset: 'synthetic', protocol: '', status: 'done', repeats: '', kappa: '' },
      architecture: one,
      trainLoss: expect.stringMatching(/^\d\.\d+$/),
      validAccuracy: expect.stringMatching(/^(0|1|0\.\d+)$/),
      imagesPerSecond: expect.stringMatching(/^\d+$/),
      weights: `trained/${cells.get('key')}/model.safetensors`,
    });
    // Counts are those of the network that was trained.
    const record = readDocument(
      JSON.parse(readFileSync(join(out, 'trained', cells.get('key')!, 'train.json'), 'utf8')),
      'train.json',
    ).document as TrainingRecord;
    expect([cells.get('params'), cells.get('flops')]).toEqual([String(record.params), String(record.macs)]);
    expect(record).toMatchObject({ onnx: null, network: { C: 4, N: 1 }, plugins: [], threads: null });
    expect([...csvLines(reader, { kind: 'score' })][0]).not.toContain('recipe');
  });

  it('that diverge fail at once, with what to change; the others are trained', async () => {
    const spec = `${datasets}\ntrain:
  - {datasets: tiny, architectures: ['${one}'], images: 160, epochs: 1, channels: 4, cells: 1}
  - {datasets: tiny, architectures: ['${one}'], images: 160, epochs: 40, batchSizes: 32, channels: 4, cells: 1, settings: {rate: 1000, warmUp: 0, clip: 0}}`;
    const { summary, events, out } = await run(spec);
    expect(summary.jobs).toMatchObject({ done: 1, failed: 1 });
    const failures = events.filter((event) => event.kind === 'unit-failed');
    expect(failures).toMatchObject([
      {
        code: 'TRAINING_DIVERGED',
        retried: false,
        attempts: 1,
        message: expect.stringContaining('try a lower'),
      },
    ]);
    expect(rowsOf(out).map(({ status, errorCode }) => [status, errorCode])).toEqual([
      ['done', null],
      ['failed', 'TRAINING_DIVERGED'],
    ]);
  });

  it('wait where their files cannot be written, and the run says why', async () => {
    const spec = `${datasets}\n${section('seeds: 0', `['${one}']`)}`;
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out', 'trained'), 'a file in the way');
    await expect(run(spec, { folder })).rejects.toMatchObject({ code: expect.stringMatching(/^OUTPUT_/) });
    using reader = new StoreReader(join(folder, 'out'));
    expect(reader.status().jobs).toMatchObject({ pending: 1, running: 0, failed: 0 });
  });

  it('are estimated without a trace', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'spec.yaml'), `${datasets}\n${section('seeds: 0..9')}`);
    const estimate = await estimateBatch({
      spec: join(folder, 'spec.yaml'),
      out: join(folder, 'out'),
      threads: 1,
    });
    expect(estimate).toMatchObject({ jobs: 20, evaluations: 20, tasks: [{ measured: 1 }] });
    expect(estimate.seconds).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(['spec.yaml']);
  });

  it('go with their files once the spec does not ask for them', async () => {
    const { folder, out } = await run(`${datasets}\n${section('seeds: 0')}`);
    await run(`${datasets}\n${section('seeds: 0', `['${two}']`)}`, { folder });
    expect(readdirSync(join(out, 'trained'))).toHaveLength(2);
    using store = new BatchStore(out);
    expect(store.collectGarbage()).toEqual({ jobs: 1, units: 1 });
    const [left, ...more] = readdirSync(join(out, 'trained'));
    expect([left, more]).toEqual([rowsOf(out)[0]!.key, []]);
  });
});

describe('architectures of another batch', () => {
  it('are those that its searches found, or the best by a metric or an accuracy', async () => {
    const folder = temporaryFolder();
    const before = await run(
      `score: {architectures: ['${one}', '${two}'], metrics: [params]}
search: {strategy: random, settings: {samples: 3}, metrics: params, seeds: [0, 1]}
${datasets}\n${section('seeds: [0, 1]')}`,
      { folder },
    );
    const found = rowsOf(before.out).flatMap(({ kind, architecture }) =>
      kind === 'search' ? [architecture] : [],
    );
    const planned = async (architectures: string) => {
      const { out } = await run(`${datasets}\n${section('seeds: 0', architectures)}`);
      return rowsOf(out).map(({ architecture }) => architecture);
    };
    const batch = JSON.stringify(before.out);
    expect(await planned(`{batch: ${batch}}`)).toEqual([...new Set(found)]);
    const values = rowsOf(before.out).flatMap(({ architecture, kind, result }) =>
      kind === 'train' ? [{ architecture, value: (result as TrainingRecord).epochs.at(-1)!.trainLoss }] : [],
    );
    const mean = (text: string) =>
      values.reduce((sum, { architecture, value }) => sum + (architecture === text ? value : 0), 0);
    expect(await planned(`{batch: ${batch}, metric: trainLoss, best: 1}`)).toEqual([
      mean(one) < mean(two) ? one : two,
    ]);
    await expect(planned(`{batch: ${batch}, metric: naswot, best: 1}`)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      field: 'train[0].architectures.metric',
    });
    await expect(planned('{batch: nowhere}')).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      field: 'train[0].architectures.batch',
      message: expect.stringContaining('there is no batch.sqlite in it'),
    });
  });
});
