import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LatencyModel } from '@tenas/records';
import { type CompleteSearch, predictedLatency, readCsv } from '@tenas/records';
import { nasBench201 as space } from '@tenas/spaces';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { SpecDatasets } from '../src/datasets.js';
import { csvLines, jsonLines, runBatch, StoreReader } from '../src/index.js';
import { planBatch } from '../src/plan.js';
import { PlugIns } from '../src/plug-ins.js';
import { readJob } from '../src/queue/messages.js';
import { parseSpec } from '../src/spec/read-spec.js';
import { type SearchTask, taskKey } from '../src/tasks.js';
import { temporaryFolder } from './temporary-folder.js';

const MS: Readonly<Record<string, number>> = {
  none: 0,
  skip_connect: 0.1,
  nor_conv_1x1: 0.5,
  nor_conv_3x3: 1,
  avg_pool_3x3: 0.2,
};

const model: LatencyModel = {
  kind: 'latency-model',
  latencyModelVersion: 1,
  space: space.name,
  unit: 'ms',
  device: 'phone',
  measured: null,
  table: { file: 'phones.csv', column: 'phone' },
  fixed: 1,
  least: 1.5,
  decisions: Object.fromEntries(
    space.decisions.map(({ name, choices }, place) => [
      name,
      Object.fromEntries(choices.map((choice) => [choice, MS[choice]! * (1 + place / 100)])),
    ]),
  ),
  fit: { networks: 60, disconnected: 0, unseen: 0, ridge: 1 },
  check: null,
  warnings: [],
};

/** A folder with the model in `models/phone.json`. */
function withModel(document: object = model): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'models'));
  writeFileSync(join(folder, 'models', 'phone.json'), JSON.stringify(document));
  return folder;
}

async function planned(section: string, folder: string): Promise<SearchTask[]> {
  const read = parseSpec(`search: ${section}`, 'spec.yaml', folder);
  await using datasets = new SpecDatasets(read);
  const tasks = await planBatch(read, { datasets, plugIns: new PlugIns() });
  return tasks.map(({ task }) => task as SearchTask);
}

const bounded = "{strategy: random, constraints: 'latency<=3ms', latencyModel: models/phone.json}";

describe('searches of a batch with a model of latencies', () => {
  it('carry its numbers, which the keys depend on, and not its folder', async () => {
    const folder = withModel();
    const [task] = await planned(bounded, folder);
    const text = readFileSync(join(folder, 'models', 'phone.json'), 'utf8');
    expect(task!.latency).toEqual({
      file: 'phone.json',
      device: 'phone',
      digest: createHash('sha256').update(text).digest('hex'),
      numbers: { fixed: model.fixed, least: model.least, decisions: model.decisions },
    });
    expect(taskKey((await planned(bounded, withModel()))[0]!)).toBe(taskKey(task!));
    const [other] = await planned(bounded, withModel({ ...model, fixed: 1.1 }));
    expect(taskKey(other!)).not.toBe(taskKey(task!));
  });

  it('have it as an objective as well, and only those that ask', async () => {
    const objectives = '[{objectives: [score, latency]}, {objectives: [score, params]}]';
    const tasks = await planned(
      `{strategy: nsga2, latencyModel: models/phone.json, settings: ${objectives}}`,
      withModel(),
    );
    expect(tasks.map(({ latency }) => latency?.device)).toEqual(['phone', undefined]);
  });

  it.each([
    ["{strategy: random, constraints: 'latency<=3ms'}", /needs a latency model/],
    ['{strategy: random, latencyModel: models/phone.json}', /spec.yaml:1.*bound latency with constraints/],
    [
      bounded.replace('phone.json', 'none.json'),
      /spec.yaml:1.*must be a file of tenas latency table, got .*none.json/,
    ],
    [
      bounded.replace('random', 'random, spaces: darts'),
      /the latency model is of nas-bench-201, not of darts/,
    ],
    [bounded.replace('3ms', '1.2ms'), /the cheapest architecture is .* with latency 1.5ms/],
  ])('refuse %s', async (section, problem) => {
    await expect(planned(section, withModel())).rejects.toThrow(problem);
  });

  it('are read from a queue only with numbers within bounds', async () => {
    const [task] = await planned(bounded, withModel());
    const job = { version: 'v', task, seed: 0, architecture: null, turn: '0'.repeat(32) };
    const sent = JSON.parse(JSON.stringify(job));
    expect(readJob(sent)).toEqual(sent);
    const refused = (latency: object) => () =>
      readJob({ ...sent, task: { ...sent.task, latency: { ...sent.task.latency, ...latency } } });
    const { numbers } = sent.task.latency;
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, decision) => [
        `d${decision}`,
        Object.fromEntries(Array.from({ length: 60 }, (_, choice) => [`c${choice}`, 1])),
      ]),
    );
    for (const wrong of [
      { digest: '../../etc/passwd' },
      { path: '/etc/passwd' },
      { file: 7 },
      { numbers: { ...numbers, fixed: null } },
      { numbers: { ...numbers, least: -1 } },
      { numbers: { ...numbers, decisions: { edge: { none: 'much' } } } },
      { numbers: { ...numbers, decisions: many } },
    ]) {
      expect(refused(wrong), JSON.stringify(wrong).slice(0, 80)).toThrow(
        expect.objectContaining({ code: 'RECORD_INVALID' }),
      );
    }
  });

  it('keep its bound, go on where they were, and have a column for it everywhere', async () => {
    const folder = withModel();
    const spec = join(folder, 'spec.yaml');
    const out = join(folder, 'out');
    const section = (seeds: string) => `
score: {architectures: {sample: 1, seed: 1}, metrics: [params], repeats: 1}
search:
  - {strategy: random, settings: {samples: 4}, metrics: [params], constraints: 'latency<=3ms', latencyModel: models/phone.json, seeds: ${seeds}}
  - {strategy: nsga2, settings: {objectives: [params, latency], population: 6, evaluations: 12}, metrics: [params], latencyModel: models/phone.json}
`;
    writeFileSync(spec, section('0'));
    await runBatch({ spec, out, threads: 2 });
    writeFileSync(spec, section('0..1'));
    const { jobs } = await runBatch({ spec, out, threads: 2 });
    expect(jobs).toMatchObject({ total: 4, done: 4 });
    using reader = new StoreReader(out);
    const rows = [...jsonLines(reader.rows())].map((line) => JSON.parse(line));
    const found = rows.filter(({ kind }) => kind === 'search').map(({ result }) => result as CompleteSearch);
    const latencies = found.map(({ architecture }) =>
      predictedLatency(model, space.choicesOf(space.parse(architecture))),
    );
    expect(found.slice(0, 2).map(({ constraints }) => constraints)).toEqual(
      latencies.slice(0, 2).map((value) => [
        expect.objectContaining({
          name: 'latency',
          limit: 3,
          value,
          model: expect.objectContaining({ file: 'phone.json', device: 'phone' }),
        }),
      ]),
    );
    for (const value of latencies.slice(0, 2)) expect(value).toBeLessThanOrEqual(3);
    const table = readCsv([...csvLines(reader)].join('\n'), 'results.csv');
    const inColumn = (name: string) => table.rows.map(({ cells }) => cells[name]);
    expect(inColumn('settings')).toContain('evaluations=12 objectives=["params","latency"] population=6');
    expect(inColumn('latency')).toEqual([...latencies.map(String), '']);
    const database = new Database(join(out, 'batch.sqlite'), { readonly: true });
    const view = database.prepare('SELECT latency FROM results').pluck().all();
    database.close();
    expect(view).toEqual([...latencies, null]);
  });
});
