import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompleteSearch, LatencyModel } from '@tenas/records';
import { openLatencyModel, runSearch } from '@tenas/search';
import { getSpace, nasBench201 as space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { SpecDatasets } from '../src/datasets.js';
import { TaskCosts, UnitEvaluator } from '../src/evaluate.js';
import { planBatch } from '../src/plan.js';
import { PlugIns } from '../src/plug-ins.js';
import { newTurn, readJob } from '../src/queue/messages.js';
import { QueueSigner } from '../src/queue/signing.js';
import { unitResult } from '../src/queue/unit-result.js';
import { parseSpec } from '../src/spec/read-spec.js';
import { resultsVersion, type SearchTask } from '../src/tasks.js';
import { WorkerDatasets } from '../src/worker-datasets.js';
import { temporaryFolder } from './temporary-folder.js';

const signal = new AbortController().signal;

/** A file of a model in which each choice costs its place. */
function modelIn(folder: string, name: string): string {
  const { decisions } = getSpace(name);
  const model: LatencyModel = {
    ...{ kind: 'latency-model', latencyModelVersion: 1, space: name, unit: 'ms', device: 'board' },
    ...{ measured: null, table: { file: 'boards.csv', column: 'board' }, fixed: 1 },
    decisions: Object.fromEntries(
      decisions.map((one) => [
        one.name,
        Object.fromEntries(one.choices.map((choice, place) => [choice, place / 4])),
      ]),
    ),
    ...{ fit: { networks: 20, disconnected: 0, unseen: 0, ridge: 1 }, check: null, warnings: [] },
  };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'board.json');
  writeFileSync(file, JSON.stringify(model));
  return file;
}

/** The first task of a spec, as it comes out of a queue, with what its coordinator checks answers by. */
async function queued(section: string, folder: string) {
  const read = parseSpec(`search: ${section}`, 'spec.yaml', folder);
  await using datasets = new SpecDatasets(read);
  const [planned] = await planBatch(read, { datasets, plugIns: new PlugIns() });
  const job = { version: resultsVersion(), seed: 0, architecture: null, turn: newTurn() };
  const text = JSON.stringify({ ...job, task: planned!.task });
  const task = readJob(JSON.parse(text)).task as SearchTask;
  const costs = new TaskCosts(new WorkerDatasets(new Map()));
  await costs.prepare(task);
  return { text, task, constraintsOf: costs.constraintsOf };
}

/** What a worker finds, in a process that has the message alone. */
async function found(task: SearchTask): Promise<CompleteSearch> {
  await using datasets = new WorkerDatasets(new Map());
  using evaluator = new UnitEvaluator(datasets);
  return await evaluator.search(task, 0, { threads: 1, signal });
}

describe('answers to searches within constraints', () => {
  const dear = space.format(
    space.fromChoices(Object.fromEntries(space.decisions.map(({ name }) => [name, 'nor_conv_3x3']))),
  );
  const checked = (task: SearchTask, record: object, { constraintsOf }: Awaited<ReturnType<typeof queued>>) =>
    unitResult(
      { unit: { id: 1, key: 'k', seed: 0, architecture: null, attempts: 0 }, task },
      { ...{ seconds: 1, isa: 'plain', worker: 'w', turn: newTurn() }, result: JSON.stringify(record) },
      { signer: new QueueSigner(undefined), constraintsOf },
    );

  it.each([
    ['params', 'params<=0.4M', ''],
    ['memory', 'memory<=4MiB', ''],
    ['latency', 'latency<=3ms', ', latencyModel: board.json'],
  ])('are refused above a bound on %s, whatever they say of their costs', async (name, bound, model) => {
    const folder = temporaryFolder();
    modelIn(folder, space.name);
    const section = `{strategy: random, settings: {samples: 3}, metrics: [params], constraints: '${bound}'${model}}`;
    const asked = await queued(section, folder);
    const record = await found(asked.task);
    expect(checked(asked.task, record, asked).found).toBe(record.architecture);
    const [constraint] = record.constraints!;
    const above = /costs .*, asked for was/;
    for (const [wrong, problem] of [
      [{ architecture: dear }, above],
      [{ architecture: dear, constraints: [{ ...constraint, value: 1 }] }, above],
      [{ constraints: [{ ...constraint, value: 1 }] }, `constraints.${name} is 1`],
      [{ constraints: [{ ...constraint, limit: 1e9 }] }, `constraints.${name}.limit is 1000000000`],
      [{ constraints: undefined }, `constraints.${name} is undefined`],
    ] as const) {
      expect(() => checked(asked.task, { ...record, ...wrong }, asked), JSON.stringify(wrong)).toThrow(
        problem,
      );
    }
  });

  it('are refused with a front of which one is above a bound', async () => {
    const settings = '{objectives: [params, macs:higher], population: 4, evaluations: 8}';
    const section = `{strategy: nsga2, settings: ${settings}, metrics: [params], constraints: 'params<=0.4M'}`;
    const asked = await queued(section, temporaryFolder());
    const record = await found(asked.task);
    expect(checked(asked.task, record, asked).found).toBe(record.architecture);
    const front = [...record.front!, { ...record.front![0]!, architecture: dear }];
    expect(() => checked(asked.task, { ...record, front }, asked)).toThrow('asked for was params<=400K');
  });
});

describe('a search by hurricane from a queue', () => {
  const small =
    'channels: 2, images: 64, epochs: 1, batchSize: 16, statisticsBatches: 1, population: 4, generations: 1, parents: 2, crossovers: 1, mutations: 1, order: joint, bound: 2.5';
  const section = `{strategy: hurricane, spaces: nas-bench-macro, metrics: [params], latencyModel: models/board.json, settings: {${small}, budget: latency}}`;

  it('has the numbers of its model, and finds what a search with the file finds', async () => {
    const folder = temporaryFolder();
    const chain = getSpace('nas-bench-macro');
    const file = modelIn(join(folder, 'models'), chain.name);
    const { text, task } = await queued(section, folder);
    expect(text).not.toContain(folder);
    expect(task.latency).toMatchObject({ file: 'board.json', device: 'board', numbers: { fixed: 1 } });
    const latency = await openLatencyModel(chain, file, 'latency');
    rmSync(file);
    const record = await found(task);
    expect(record.detail).toMatchObject({ unit: 'ms', latency: { file: 'board.json', device: 'board' } });
    await using datasets = new WorkerDatasets(new Map());
    const own = await runSearch({
      ...{ space: chain, source: await datasets.open(task.dataset), strategy: 'hurricane', seed: 0 },
      ...{ settings: task.settings, metrics: ['params'], latency },
    });
    expect(record.architecture).toBe(own.architecture);
    expect(record.detail).toEqual({
      ...(own.detail as object),
      latency: { file: 'board.json', device: 'board' },
    });
  });

  it('opens no file that its message names', async () => {
    const folder = temporaryFolder();
    const file = modelIn(join(folder, 'models'), 'nas-bench-macro');
    const { task } = await queued(section, folder);
    const named = { ...task, settings: { ...task.settings, latency: file } };
    await expect(found(named)).rejects.toThrow(/settings.latency/);
    const { latency: _, ...without } = task;
    await expect(found(without)).rejects.toThrow(
      'settings.budget must be macs, or a latency model beside it',
    );
  });
});
