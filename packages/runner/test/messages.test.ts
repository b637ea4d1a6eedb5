import { syntheticImages } from '@tenas/data';
import { Evaluator, metricInfo } from '@tenas/metrics';
import { type PlugInReference, type ScoreDocument, scoreDocument } from '@tenas/records';
import { getSpace, QUICK_RECIPE } from '@tenas/spaces';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPlugIns } from '../src/plug-in-check.js';
import {
  failureIn,
  failureText,
  memberIn,
  newTurn,
  readAnswer,
  readJob,
  reportIn,
  versionOf,
} from '../src/queue/messages.js';
import { QueueSigner } from '../src/queue/signing.js';
import { unitResult } from '../src/queue/unit-result.js';
import type { ScoreTask, TrainTask } from '../src/tasks.js';
import { openLabelled } from '../src/training/labelled-images.js';
import { trainUnit } from '../src/training/train-unit.js';

const architecture = '|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|';
const plugin = (name: string, digit: string): PlugInReference => ({
  ...{ kind: 'metric', name },
  sha256: digit.repeat(64),
});
const task: ScoreTask = {
  kind: 'score',
  results: 'test',
  space: 'nas-bench-201',
  dataset: { name: 'synthetic', fingerprint: 'f', size: 32, seed: 0 },
  repeats: 1,
  isomorphic: 'shared',
  metrics: [{ name: 'params', settings: {} }],
  plugins: [],
};
const turn = newTurn();
const job = { version: 'v', task, seed: 0, architecture, turn };
const checks = { signer: new QueueSigner(undefined), constraintsOf: () => [] };
const training: TrainTask = {
  kind: 'train',
  results: 'test',
  space: 'nas-bench-201',
  dataset: { name: 'synthetic', fingerprint: 'f', size: 32, seed: 0, images: 40, test: null },
  recipe: QUICK_RECIPE,
  ...{ epochs: 1, batchSize: 8, validation: 0.25, metrics: [], plugins: [] },
  network: { C: 4, N: 1, numClasses: 10, inputShape: [3, 32, 32] },
};
const trainJob = { ...job, task: training };

describe('jobs from a queue', () => {
  it('are read as they were written', () => {
    expect(readJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect(readJob(JSON.parse(JSON.stringify(trainJob)))).toEqual(trainJob);
    expect(versionOf({ ...job, version: 'other', task: 'of another form' })).toBe('other');
  });

  it.each([
    ['nothing', null, 'document'],
    ['text', 'job', 'document'],
    ['no version', { ...job, version: 3 }, 'version'],
    ['a negative seed', { ...job, seed: -1 }, 'seed'],
    ['no architecture of a score', { ...job, architecture: null }, 'architecture'],
    ['a field that nobody knows', { ...job, command: 'rm' }, 'command'],
    ['no architecture of a training', { ...trainJob, architecture: null }, 'architecture'],
    ['no recipe', { ...trainJob, task: { ...training, recipe: { name: 'quick' } } }, 'task.recipe'],
    ['a file in a recipe’s place', { ...trainJob, task: { ...training, recipe: './x.mjs' } }, 'task.recipe'],
    ['epochs without end', { ...trainJob, task: { ...training, epochs: 1e9 } }, 'task.epochs'],
    ['a path of images', { ...trainJob, task: { ...training, data: '/etc' } }, 'task.data'],
    ['a task of no kind', { ...job, task: { ...task, kind: 'shell' } }, 'task.kind'],
    [
      'a plug-in by its path',
      { ...job, task: { ...task, plugins: [{ path: '/tmp/x.mjs' }] } },
      'task.plugins.0.kind',
    ],
    [
      'a dataset that is none',
      { ...job, task: { ...task, dataset: { name: '../x', fingerprint: '' } } },
      'task.dataset.name',
    ],
    [
      'metrics by the thousand',
      { ...job, task: { ...task, metrics: Array(9999).fill(task.metrics[0]) } },
      'task.metrics',
    ],
  ])('are refused with %s', (_, data, field) => {
    const refused = {
      code: 'RECORD_INVALID',
      field,
      message: expect.not.stringMatching(/Unrecognized|Invalid/),
    };
    expect(() => readJob(data)).toThrow(expect.objectContaining(refused));
  });

  it('come with members, reports and failures that are checked, too', () => {
    const member = { version: 'v', name: 'n', at: 3 };
    expect(memberIn(JSON.stringify(member))).toEqual(member);
    const strange = [
      '{',
      '[]',
      '{"at":"now"}',
      '1',
      'null',
      '',
      `${'['.repeat(9000)}`,
      `"${'x'.repeat(1e6)}"`,
    ];
    expect(strange.map(memberIn)).toEqual(strange.map(() => null));
    const polluted = '{"__proto__":{"version":"v"},"version":"v","name":"n","at":3}';
    expect(memberIn(polluted)).toBeNull();
    expect(reportIn(JSON.stringify({ refused: 'why', turn }))).toEqual({ refused: 'why', turn });
    expect(reportIn(JSON.stringify({ done: 2, epochs: 3, turn }))).toEqual({ done: 2, epochs: 3, turn });
    expect(reportIn(JSON.stringify({ done: -1, epochs: 3, turn }))).toBeNull();
    expect(strange.map(reportIn)).toEqual(strange.map(() => null));
    const failure = { code: 'NO_IMAGE', message: 'two\nlines [of text]' };
    expect(failureIn(failureText(failure))).toEqual(failure);
    const signed = { ...failure, turn, signature: 'a'.repeat(64) };
    expect(failureIn(failureText(signed))).toEqual(signed);
    expect([failureIn(''), failureIn('no code'), failureIn('lower: case')]).toEqual([null, null, null]);
  });
});

describe('plug-ins of a job', () => {
  const own = plugin('params', '1');

  it('are those that the worker has', () => {
    expect(() => checkPlugIns({ ...task, plugins: [own] }, [plugin('other', '2'), own])).not.toThrow();
    expect(() => checkPlugIns(task, [plugin('other', '2')])).not.toThrow();
  });

  it.each([
    ['is missing', [own], [], 'PLUG_IN_MISSING', /metric params with SHA-256 1{64}; start .* --metric FILE/],
    [
      'is another',
      [own],
      [plugin('params', '2')],
      'PLUG_IN_CHANGED',
      /worker has SHA-256 2{64}, that of a job 1{64}/,
    ],
    [
      'is not meant',
      [],
      [own],
      'PLUG_IN_CHANGED',
      /params that comes from no file, this worker has one with SHA-256 1{64}/,
    ],
  ])('are refused where one %s', (_, wanted, loaded, code, message) => {
    expect(() => checkPlugIns({ ...task, plugins: wanted }, loaded)).toThrow(
      expect.objectContaining({ code, field: 'metric', message: expect.stringMatching(message) }),
    );
  });
});

describe('answers of workers', () => {
  const unit = { id: 1, key: 'k', seed: 0, architecture, attempts: 0 };
  let document: ScoreDocument;
  const answer = (result: unknown) => ({
    ...{ seconds: 1, isa: 'plain', worker: 'w', turn },
    result: typeof result === 'string' ? result : JSON.stringify(result),
  });

  beforeAll(async () => {
    using evaluator = new Evaluator({
      ...{ space: getSpace(task.space), source: syntheticImages(), metrics: ['params'], repeats: 1 },
    });
    const [scored] = await evaluator.score([architecture]);
    const metrics = evaluator.metrics.map(metricInfo);
    document = scoreDocument({ ...scored!, plugins: [], dataset: null, metrics });
  });

  it('become results of their unit', () => {
    const good = answer(document);
    const { turn: _, ...stored } = good;
    expect(unitResult({ unit, task }, good, checks)).toEqual({ key: 'k', ...stored });
  });

  it.each([
    ['no JSON', () => '{', /w: not JSON/],
    ['no document', () => ({}), /w: this looks like a document of tenas score/],
    [
      'another architecture',
      () => ({ ...document, architecture: 'x' }),
      /w: architecture is "x", asked for was/,
    ],
    ['another space', () => ({ ...document, space: 'darts' }), /w: space is "darts"/],
    ['another seed', () => ({ ...document, seed: 4 }), /w: seed is 4/],
    ['more repeats', () => ({ ...document, repeats: 2 }), /w: repeats is 2, asked for was 1/],
    ['no score', () => ({ ...document, scores: {} }), /w: it has no params/],
    [
      'the scores of other metrics',
      () => ({ ...document, scores: { macs: document.scores.params } }),
      /w: it has no params/,
    ],
    [
      'a score in the prototype',
      () => `{"__proto__":{},${JSON.stringify({ ...document, scores: {} }).slice(1)}`,
      /w: it has no params/,
    ],
    [
      'a field twice',
      () => `{"seed":0,${JSON.stringify(document).slice(1)}`,
      /w: not JSON that is read here: a key is given twice: "seed"/,
    ],
  ])('are refused with %s', (_, result, message) => {
    expect(() => unitResult({ unit, task }, answer(result()), checks)).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it('are refused where a training is not the one that was asked for, or has no weights', async () => {
    const weights = 'a'.repeat(64);
    await using images = await openLabelled({ dataset: 'synthetic', images: 40 });
    const work = { task: training, key: 'k', seed: 0, architecture };
    const trained = await trainUnit(images, work, { threads: 1, signal: new AbortController().signal });
    const good = { ...answer(trained.record), weights };
    expect(unitResult({ unit, task: training }, good, checks)).toEqual({
      ...{ key: 'k', result: good.result, seconds: 1, isa: 'plain', worker: 'w' },
      trained: { record: JSON.parse(JSON.stringify(trained.record)), weights },
    });
    const refused = (bad: object, message: RegExp) =>
      expect(() => unitResult({ unit, task: training }, bad, checks)).toThrow(
        expect.objectContaining({ code: 'RECORD_INVALID', message: expect.stringMatching(message) }),
      );
    refused(answer(trained.record), /w: it has no weights/);
    refused({ ...good, weights: '../../etc/passwd' }, /weights/);
    refused({ ...answer(document), weights }, /looks like a record of tenas train/);
    const other = { ...trained.record, weights: '../../x' };
    refused({ ...answer(other), weights }, /w: weights is "\.\.\/\.\.\/x", asked for was "trained\/k/);
    const shorter = { ...trained.record, epochs: [] };
    refused({ ...answer(shorter), weights }, /w: epochs is 0, asked for was 1/);
  });

  it('are refused without their fields', () => {
    expect(() => readAnswer({ result: '{}', seconds: -1, isa: 'x', worker: 'w', turn })).toThrow(/seconds/);
    expect(() => readAnswer({ result: '{}', seconds: 1, isa: 'x', worker: 'w' })).toThrow(/turn/);
    expect(() => readAnswer(null)).toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
  });
});
