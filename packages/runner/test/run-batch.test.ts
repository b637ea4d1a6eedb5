import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syntheticImages } from '@tenas/data';
import { Evaluator, getPreset, metricInfo } from '@tenas/metrics';
import { readSearchRecord, scoreDocument } from '@tenas/records';
import { runSearch } from '@tenas/search';
import { canonicalNasBench201, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { type BatchEvent, csvLines, estimateBatch, jsonLines, runBatch, StoreReader } from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

const space = nasBench201;
const conv = '|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|skip_connect~1|none~2|';
const same = '|none~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|skip_connect~2|';
const tiny = 'repeats: 2, ntk: {batchSize: 4}, regions: {batches: 1, batchSize: 40}';

/** Runs a spec in a folder of its own or a given one. */
async function run(
  spec: string,
  options: { folder?: string; threads?: number; stopAfterOne?: boolean } = {},
) {
  const stop = new AbortController();
  const folder = options.folder ?? temporaryFolder();
  writeFileSync(join(folder, 'spec.yaml'), spec);
  const events: BatchEvent[] = [];
  const summary = await runBatch({
    spec: join(folder, 'spec.yaml'),
    out: join(folder, 'out'),
    threads: options.threads ?? 2,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.kind === 'advance' && options.stopAfterOne === true) stop.abort();
    },
  });
  return { folder, out: join(folder, 'out'), events, summary };
}

function records(out: string, all = false) {
  using reader = new StoreReader(out);
  const rows = reader.rows(all ? { statuses: ['pending', 'queued', 'running', 'done', 'failed'] } : {});
  return [...jsonLines(rows)].map((line) => JSON.parse(line));
}

/** As a file or a store has it. */
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));

/** What must not depend on who evaluated it, or when. */
const timeless = (record: object) =>
  JSON.parse(
    JSON.stringify(record, (name, value) =>
      ['seconds', 'metricSeconds', 'finishedAt', 'worker', 'startedAt', 'threads'].includes(name)
        ? undefined
        : value,
    ),
  );

describe('a batch on this machine', () => {
  it('scores as the metrics do, isomorphic cells as their representative, each with its own cost', async () => {
    const { out, summary, events } = await run(
      `score: {architectures: ['${conv}', '${same}'], seeds: 3, ${tiny}}`,
    );
    expect(summary).toMatchObject({
      jobs: { total: 2, done: 2, failed: 0, waiting: 0, skipped: 0 },
      evaluations: 1,
      interrupted: false,
    });
    const representative = space.format(canonicalNasBench201(space.parse(conv)));
    const source = syntheticImages();
    using evaluator = new Evaluator({
      space,
      source,
      repeats: 2,
      seed: 3,
      metrics: [
        { metric: 'ntk', settings: { batchSize: 4 } },
        { metric: 'regions', settings: { batches: 1, batchSize: 40 } },
        'params',
        'macs',
      ],
    });
    const [shared, own] = await evaluator.score([representative, conv]);
    const { name, fingerprint } = source;
    const expected = scoreDocument({
      ...shared!,
      plugins: [],
      dataset: { name, fingerprint },
      metrics: evaluator.metrics.map(metricInfo),
    });
    const [first, second] = records(out);
    expect(timeless(first.result)).toEqual(timeless({ ...expected }));
    expect(first).toMatchObject({ architecture: conv, scoredAs: representative, status: 'done', seed: 3 });
    expect(second).toMatchObject({ architecture: same, scoredAs: representative, result: first.result });
    const { params, macs } = own!.scores;
    expect(first).toMatchObject({ params: params!.value, flops: macs!.value });
    expect(events.filter(({ kind }) => kind === 'unit-done')).toHaveLength(1);
  });

  it('searches as the search does', async () => {
    const stages = [
      { ntk: 1, regions: 1, keep: 8 },
      { ntk: 1, regions: 2, keep: 1 },
    ];
    const overrides = {
      ...{ repeats: 1, ntk: { batchSize: 4 }, regions: { batches: 1, batchSize: 40 } },
      finals: { stages },
    };
    const protocol = 'te-nas-finals';
    const { out } = await run(
      `search: {seeds: [5, 6], protocols: ${protocol}, overrides: ${JSON.stringify(overrides)}}`,
    );
    const found = records(out);
    expect(found.map(({ seed }) => seed)).toEqual([5, 6]);
    const record = found[0].result;
    const { scores } = record;
    const settings = { protocol, ...overrides };
    const expected = await runSearch({ space, source: syntheticImages(), seed: 5, settings });
    expect(timeless(record)).toEqual(timeless(readSearchRecord(plain(expected))));
    expect(found[0]).toMatchObject({
      kind: 'search',
      architecture: expected.genotype,
      params: scores.params.value,
    });
    using reader = new StoreReader(out);
    const [header, line] = [...csvLines(reader)];
    expect(header).toMatch(
      /^space,dataset,architecture,seed,repeats,kappa,regions,params,flops,seconds,status,/,
    );
    expect(line).toMatch(
      /^nas-bench-201,synthetic,\|[^,]+\|,5,1,[\d.]+,[\d.]+,\d+,\d+,[\d.]+,done,search,te-nas-finals,\d+,/,
    );
  });

  it('exports aggregates over the scores of a seed', async () => {
    const metrics = '[{ntk: {batchSize: 4}}, {regions: {batches: 1, batchSize: 40}}]';
    const { out } = await run(
      `score: {architectures: {sample: 4, seed: 2}, seeds: [0, 1], repeats: 1, metrics: ${metrics}}`,
    );
    using reader = new StoreReader(out);
    const presets = ['te-nas', 'az-nas'].map(getPreset);
    const [header, ...lines] = [...csvLines(reader, {}, { aggregates: { presets } })];
    const columns = header!.split(',');
    const [rank, other] = presets.map(({ name }) => columns.indexOf(name));
    expect(other).toBe(columns.length - 1);
    const rows = lines.map((line) => line.split(','));
    const places = (seed: string, column: string, better: 1 | -1) => {
      const values = rows
        .filter((row) => row[columns.indexOf('seed')] === seed)
        .map((row) =>
          row[columns.indexOf(column)] === '' ? -Infinity : better * Number(row[columns.indexOf(column)]),
        );
      return values.map(
        (own) =>
          values.filter((one) => one < own).length + (values.filter((one) => one === own).length + 1) / 2,
      );
    };
    for (const seed of ['0', '1']) {
      const [kappa, regions] = [places(seed, 'kappa', -1), places(seed, 'regions', 1)];
      const own = rows.filter((row) => row[columns.indexOf('seed')] === seed);
      expect(own.map((row) => Number(row[rank!]))).toEqual(kappa.map((place, i) => place + regions[i]!));
      // Their metrics were not measured.
      expect(own.map((row) => row[other!])).toEqual(['', '', '', '']);
    }
  });

  it('gives the same on one thread and on two, and goes on where it was stopped', async () => {
    const spec = `score: {architectures: {sample: 60, seed: 1}, seeds: [0, 1], ${tiny}}`;
    const whole = await run(spec, { threads: 1 });
    const folder = temporaryFolder();
    let stops = 0;
    for (;;) {
      const { summary, out } = await run(spec, { folder, stopAfterOne: true });
      using reader = new StoreReader(out);
      expect(reader.status().jobs).toMatchObject({ running: 0, failed: 0, done: summary.jobs.done });
      if (!summary.interrupted) break;
      expect(summary.jobs.waiting).toBe(120 - summary.jobs.done);
      stops++;
    }
    expect(stops).toBeGreaterThan(1);
    expect(records(join(folder, 'out')).map(timeless)).toEqual(records(whole.out).map(timeless));
    const again = await run(spec, { folder });
    expect(again.summary).toMatchObject({ evaluations: 0, jobs: { done: 120, skipped: 120 } });
  });

  it('stops in the middle of a plan', async () => {
    const folder = temporaryFolder();
    const spec = join(folder, 'spec.yaml');
    writeFileSync(spec, 'score: {architectures: all, seeds: 0..999, metrics: [params]}');
    const stop = new AbortController();
    const run = runBatch({ spec, out: join(folder, 'out'), threads: 1, signal: stop.signal });
    const timer = setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(run).rejects.toThrow('enough');
    clearTimeout(timer);
    // The next run begins with a plan of its own.
    writeFileSync(spec, 'score: {architectures: {sample: 2, seed: 1}, metrics: [params]}');
    const { jobs } = await runBatch({ spec, out: join(folder, 'out'), threads: 1 });
    expect(jobs).toMatchObject({ total: 2, done: 2 });
  });

  it('fails what cannot be read after its attempts, and nothing else', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'images', 'class'), { recursive: true });
    for (let index = 0; index < 4; index++)
      writeFileSync(join(folder, 'images', 'class', `${index}.png`), 'no image');
    const spec = `
attempts: 2
datasets: {broken: {dataset: folder, data: images}}
score: {architectures: ['${conv}'], datasets: [broken, synthetic], ${tiny}}`;
    const { summary, events, out } = await run(spec, { folder });
    expect(summary.jobs).toMatchObject({ total: 2, done: 1, failed: 1 });
    expect(events.filter(({ kind }) => kind === 'unit-failed')).toMatchObject([
      { attempts: 1, retried: true },
      { attempts: 2, retried: false },
    ]);
    const failed = records(out, true).find(({ status }) => status === 'failed');
    expect(failed).toMatchObject({
      attempts: 2,
      result: null,
      errorCode: expect.stringMatching(/^[A-Z_]+$/),
    });
    const log = readFileSync(join(out, 'batch.log'), 'utf8').trim().split('\n');
    expect(log.map((line) => JSON.parse(line)).filter(({ job }) => job !== undefined)).toHaveLength(3);
    const again = await run(spec, { folder });
    expect(again.summary).toMatchObject({ evaluations: 0, jobs: { failed: 1 } });
  });

  it('estimates without leaving a trace', async () => {
    const folder = temporaryFolder();
    const spec = join(folder, 'spec.yaml');
    writeFileSync(
      spec,
      `score: {architectures: {sample: 30, seed: 1}, ${tiny}}\nsearch: {seeds: 0..9, overrides: {repeats: 1, ntk: {batchSize: 4}}}`,
    );
    const out = join(folder, 'out');
    const estimate = await estimateBatch({ spec, out, threads: 2 });
    expect(estimate).toMatchObject({ jobs: 40, done: 0, threads: 2 });
    expect(estimate.tasks.map(({ secondsEach }) => secondsEach)).toEqual([
      expect.any(Number),
      expect.any(Number),
    ]);
    expect(estimate.seconds).toBeGreaterThan(0);
    expect(() => new StoreReader(out)).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }));
    // Ten searches take a thread each, one takes all.
    const searches = estimate.tasks.find(({ task }) => task.kind === 'search')!;
    expect(searches.seconds).toBeCloseTo((searches.secondsEach! * 10) / 2, 9);
    writeFileSync(spec, 'search: {seeds: 3, overrides: {repeats: 1, ntk: {batchSize: 4}}}');
    const [lone] = (await estimateBatch({ spec, out, threads: 2 })).tasks;
    expect(lone).toMatchObject({ jobs: 1, seconds: lone!.secondsEach! / 2 });
    writeFileSync(spec, `score: {architectures: {sample: 30, seed: 1}, ${tiny}}`);
    await runBatch({ spec, out, threads: 2 });
    expect(await estimateBatch({ spec, out, threads: 2 })).toMatchObject({
      jobs: 30,
      done: 30,
      evaluations: 0,
      seconds: 0,
    });
  });
});
