import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalNasBench201,
  NAS_BENCH_201_CANONICAL_CELLS,
  NAS_BENCH_201_SIZE,
  nasBench201,
} from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentKey } from '../src/content-key.js';
import { SpecDatasets } from '../src/datasets.js';
import { type PlannedJob, planBatch } from '../src/plan.js';
import { PlugIns } from '../src/plug-ins.js';
import { parseSpec } from '../src/spec/read-spec.js';
import { taskColumns } from '../src/task-columns.js';
import { readTask } from '../src/task-reading.js';
import { jobKey, methodOf, type SearchTask, taskKey } from '../src/tasks.js';
import { temporaryFolder } from './temporary-folder.js';

async function plan(text: string, folder = '/specs') {
  const read = parseSpec(text, 'spec.yaml', folder);
  await using datasets = new SpecDatasets(read);
  const tasks = await planBatch(read, { datasets, plugIns: new PlugIns() });
  return tasks.map((planned) => ({ ...planned, key: taskKey(planned.task), jobs: [...planned.jobs()] }));
}

const keysOf = (tasks: readonly { key: string; jobs: readonly PlannedJob[] }[]) =>
  tasks.flatMap(({ key, jobs }) => jobs.map(({ seed, architecture }) => jobKey(key, seed, architecture)));

const pool = '|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|';
const conv = '|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|skip_connect~1|none~2|';

describe('keys', () => {
  it('do not depend on the order of fields, and differ with every value', () => {
    expect(canonicalJson({ b: 1, a: { d: [2, { f: 1, e: 0 }], c: undefined } })).toBe(
      '{"a":{"d":[2,{"e":0,"f":1}]},"b":1}',
    );
    expect(contentKey('a', 1)).toMatch(/^[0-9a-f]{40}$/);
    expect(
      new Set([contentKey('a', 1), contentKey('a1'), contentKey('a', '1'), contentKey('a', 2)]).size,
    ).toBe(4);
  });
});

describe('a plan', () => {
  it('is the matrix of spaces, datasets, protocols, overrides and seeds', async () => {
    const tasks = await plan(`
search:
  spaces: [nas-bench-201, darts]
  protocols: [fast, repo]
  overrides: [{}, {repeats: 2}]
  seeds: 0..4`);
    expect(tasks).toHaveLength(8);
    expect(tasks.map(({ count }) => count)).toEqual(Array(8).fill(5));
    expect(new Set(keysOf(tasks)).size).toBe(40);
    expect(tasks[1]!.task).toMatchObject({ strategy: 'prune', settings: { protocol: 'fast', repeats: 2 } });
    expect(tasks[2]!.task).toMatchObject({ settings: { protocol: 'repo' } });
  });

  it('has constraints that some architecture meets, and without them the keys of before', async () => {
    const text = "search: {strategy: random, constraints: ['params<=0.4M', 'macs <= 60M'], seeds: 0..1}";
    const [bounded] = await plan(text);
    const task = bounded!.task as SearchTask;
    expect(task.constraints).toEqual([
      { name: 'params', op: '<=', limit: 400_000, unit: 'parameters' },
      { name: 'macs', op: '<=', limit: 60_000_000, unit: 'multiply-adds' },
    ]);
    expect(readTask(JSON.parse(JSON.stringify(task)), 'test')).toEqual(task);
    expect(taskColumns(task).settings).toContain('params<=400000 macs<=60000000');
    const [free] = await plan('search: {strategy: random}');
    expect(free!.task).not.toHaveProperty('constraints');
    expect(free!.key).not.toBe(bounded!.key);
    for (const [constraint, problem] of [
      ['params<=10K', /spec.yaml:1.*got params<=10K; the cheapest architecture is/],
      ['depth<=3', /spec.yaml:1.*bounds depth/],
      ['latency<=3ms', /needs a latency model/],
    ] as const) {
      await expect(plan(`search: {constraints: '${constraint}'}`)).rejects.toThrow(problem);
    }
  });

  it('names the protocol te-nas-finals, from which fast differs in its final ranking alone', async () => {
    const [kept, fast] = await plan('search: {protocols: [te-nas-finals, fast]}');
    const { settings } = kept!.task as SearchTask;
    expect(settings).toMatchObject({ protocol: 'te-nas-finals', finals: { architectures: 1000 } });
    const { finals } = (fast!.task as SearchTask).settings as { readonly finals: object };
    expect(finals).toMatchObject({ architectures: 5000, zen: { crop: 16 } });
    expect({ ...settings, protocol: 'fast', finals }).toEqual((fast!.task as SearchTask).settings);
    const reread = readTask(JSON.parse(JSON.stringify(kept!.task)), 'the queue');
    expect(taskKey(reread)).toBe(taskKey(kept!.task));
    expect(methodOf(reread as SearchTask)).toBe('te-nas-finals');
  });

  it('gives the same search the same key, however it is written', async () => {
    const [written, plain] = [
      await plan('search: {overrides: {repeats: 12, ntk: {batchSize: 32, mode: sample}}}'),
      await plan('search: {}'),
    ];
    expect(keysOf(written)).toEqual(keysOf(plain));
    const settings = await plan('search: {strategy: prune, settings: {protocol: fast}}');
    expect(keysOf(settings)).toEqual(keysOf(plain));
    const [old, own] = [
      await plan(`score: {architectures: ['${conv}'], aggregation: median, ntk: {batchSize: 8}}`),
      await plan(
        `score: {architectures: ['${conv}'], metrics: [{ntk: {batchSize: 8, aggregation: median}}, regions, params, macs]}`,
      ),
    ];
    expect(keysOf(own)).toEqual(keysOf(old));
  });

  it('keeps all settings of a shortlist, those of its metrics included', async () => {
    const plans = [
      '{shortlist: 8}',
      '{shortlist: 8, stages: [{metrics: [early-accuracy]}]}',
      '{shortlist: 8, stages: [{metrics: [{early-accuracy: {epochs: 12}}], repeats: 1}]}',
    ];
    for (const strategy of ['prune', 'random', 'evolution']) {
      const tasks = await Promise.all(
        plans.map((settings) => plan(`search: {strategy: ${strategy}, settings: ${settings}}`)),
      );
      expect(new Set(tasks.flatMap(keysOf)).size).toBe(1);
      expect(tasks[0]![0]!.task).toMatchObject({
        settings: { shortlist: 8, stages: [{ metrics: [{ 'early-accuracy': { images: 1000 } }] }] },
      });
    }
  });

  it('refuses a shortlist that trains where there are no labels', async () => {
    const folder = temporaryFolder();
    const pixel =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    writeFileSync(join(folder, 'a.png'), Buffer.from(pixel, 'base64'));
    const text = `datasets: {photos: {dataset: imagenet-1k, data: .}}
search:
  datasets: photos
  settings: {shortlist: 8}`;
    await expect(plan(text, folder)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringMatching(/^spec\.yaml:4: search\[0\]\.settings\[0\]\.stages\[0\]: .*labels/),
    });
  });

  it('searches by any strategy, with its settings and metrics', async () => {
    const [first, second] = await plan(
      'search: {strategy: evolution, settings: [{cycles: 9}, {population: 7}], metrics: [{naswot: {batchSize: 8}}, params]}',
    );
    expect(first!.task).toMatchObject({
      strategy: 'evolution',
      settings: { cycles: 9, population: 50 },
      metrics: [
        { name: 'naswot', settings: { batchSize: 8, network: 'proxy' } },
        { name: 'params', settings: {} },
      ],
      plugins: [],
    });
    expect(second!.task).toMatchObject({ settings: { cycles: 500, population: 7 } });
  });

  it('takes the name of an aggregate for its metrics, and ranks searches by it', async () => {
    const [search] = await plan(
      'search: {strategy: random, settings: {missing: drop}, metrics: [{ntk: {batchSize: 8}}, te-nas, params]}',
    );
    expect(search!.task).toMatchObject({
      settings: { aggregate: 'te-nas', missing: 'drop' },
      metrics: [{ name: 'ntk', settings: { batchSize: 8 } }, { name: 'regions' }, { name: 'params' }],
    });
    const [own] = await plan('search: {strategy: random, settings: {aggregate: rank-sum}, metrics: te-nas}');
    expect(own!.task).toMatchObject({ settings: { aggregate: 'rank-sum' } });
    const [score] = await plan(`score: {architectures: ['${conv}'], metrics: te-nas}`);
    expect(score!.task.metrics.map(({ name }) => name)).toEqual(['ntk', 'regions']);
    await expect(
      plan(`score: {architectures: ['${conv}'], metrics: [{te-nas: {batchSize: 8}}]}`),
    ).rejects.toThrow(/te-nas\.batchSize|given to the metrics that te-nas stands for/);
    await expect(plan('search: {strategy: random, metrics: [te-nas, freerea]}')).rejects.toThrow(
      /one aggregate that decides/,
    );
  });

  it('is what docs/batch.md shows for other metrics and strategies', async () => {
    const page = readFileSync(new URL('../../../docs/batch.md', import.meta.url), 'utf8');
    const [, yaml] = /<!-- batch-spec-strategies -->\n```yaml\n(.*?)```/s.exec(page)!;
    const tasks = await plan(yaml!);
    expect(tasks.map(({ count }) => count)).toEqual([5, 5, 5, 500]);
    expect(tasks[3]!.task.metrics[2]).toMatchObject({ name: 'ntk', settings: { batchSize: 16 } });
  });

  it('knows every setting that matters to a result', async () => {
    const base = `architectures: ['${conv}']`;
    const variants = [
      '',
      ', repeats: 2',
      ', aggregation: median',
      ', seeds: 1',
      ', ntk: {batchSize: 16}',
      ', ntk: {mode: batch}',
      ', ntk: {init: pytorch}',
      ', regions: {batches: 2}',
      ', regions: {batchSize: 10}',
      ', isomorphic: each',
      ', datasets: other',
      ', metrics: naswot',
      ', metrics: [{naswot: {batchSize: 8}}]',
      ', metrics: [naswot, params]',
    ];
    const keys = await Promise.all(
      variants.map(async (more) =>
        keysOf(await plan(`datasets: {other: {dataset: synthetic, seed: 1}}\nscore: {${base}${more}}`)),
      ),
    );
    expect(new Set(keys.flat()).size).toBe(variants.length);
  });

  it('is the grid of recipes, their settings, sizes and seeds of a training', async () => {
    const base = `train: {architectures: ['${conv}'], images: 100`;
    const grid = await plan(
      `${base}, recipes: [quick, nas-bench-201], settings: [{}, {rate: 0.05}], epochs: [2, 3], batchSizes: [16, 32], channels: [4, 8], cells: [1, 2], seeds: 0..2}`,
    );
    expect(grid).toHaveLength(2 ** 6);
    expect(new Set(keysOf(grid)).size).toBe(3 * 2 ** 6);
    expect(grid[0]!.task).toMatchObject({
      kind: 'train',
      recipe: { name: 'quick', sgd: { rate: 0.1 } },
      ...{ epochs: 2, batchSize: 16, validation: 0.1, metrics: [] },
      network: { C: 4, N: 1, numClasses: 10, inputShape: [3, 32, 32] },
      dataset: { name: 'synthetic', images: 100, test: null },
    });
    expect(grid[0]!.jobs[0]).toEqual({ seed: 0, architecture: conv, evaluated: conv });
    // What a recipe has by itself is the same as if it were given.
    const [own, given] = [
      await plan(`${base}, channels: 16}`),
      await plan(`${base}, epochs: 20, batchSizes: 64, cells: 5, settings: {rate: 0.1}}`),
    ];
    expect(keysOf(own)).toEqual(keysOf(given));
    const others = [
      'validation: 0',
      'validation: 20',
      'settings: {flip: false}',
      'spaces: nas-bench-201, seeds: 9',
    ];
    const keys = await Promise.all(others.map(async (more) => keysOf(await plan(`${base}, ${more}}`))));
    expect(new Set([...keys.flat(), ...keysOf(own)]).size).toBe(others.length + 1);
  });

  it('is what docs/batch.md shows for trainings', async () => {
    const page = readFileSync(new URL('../../../docs/batch.md', import.meta.url), 'utf8');
    const [, yaml] = /<!-- batch-spec-train -->\n```yaml\n(.*?)```/s.exec(page)!;
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'cells.txt'), `${pool}\n${conv}\n`);
    const text = yaml!.replace(/datasets: \{cifar10.*\n/, '').replaceAll('datasets: cifar10', 'images: 500');
    const tasks = await plan(text, folder);
    expect(tasks.map(({ count }) => count)).toEqual([6, 6, 6, 6]);
  });

  it('covers a whole space with one evaluation for each class of isomorphic cells', async () => {
    const [task] = await plan('score: {architectures: all}');
    expect(task!.jobs).toHaveLength(NAS_BENCH_201_SIZE);
    expect(new Set(task!.jobs.map(({ architecture }) => architecture)).size).toBe(NAS_BENCH_201_SIZE);
    expect(new Set(task!.jobs.map(({ evaluated }) => evaluated)).size).toBe(NAS_BENCH_201_CANONICAL_CELLS);
  });

  it('scores a cell as its class’s representative, whichever members are listed', async () => {
    const space = nasBench201;
    const [task] = await plan(`score: {architectures: ['${conv}']}`);
    const representative = space.format(canonicalNasBench201(space.parse(conv)));
    expect(representative).not.toBe(conv);
    expect(task!.jobs).toEqual([{ seed: 0, architecture: conv, evaluated: representative }]);
    const [each] = await plan(`score: {architectures: ['${conv}'], isomorphic: each}`);
    expect(each!.jobs[0]!.evaluated).toBe(conv);
  });

  it('reads architectures from a file, of which it names the wrong line', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'list.txt'), `# two\n${pool}\n\n${conv}\r\n`);
    const [task] = await plan('score: {architectures: {file: list.txt}}', folder);
    expect(task).toMatchObject({ count: 2, jobs: [{ architecture: pool }, { architecture: conv }] });
    writeFileSync(join(folder, 'list.txt'), `${pool}\nnonsense`);
    await expect(plan('score: {architectures: {file: list.txt}}', folder)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringContaining('list.txt:2: '),
    });
  });

  it('reads architectures from a table of accuracies, of which it names the wrong line', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'accuracy.csv'), `test;arch\n90;${pool}\n80;${conv}\n`);
    const [task] = await plan('score: {architectures: {file: accuracy.csv}}', folder);
    expect(task).toMatchObject({ count: 2, jobs: [{ architecture: pool }, { architecture: conv }] });
    writeFileSync(join(folder, 'accuracy.csv'), `arch,test\n${pool},90\nsum,90\n`);
    await expect(plan('score: {architectures: {file: accuracy.csv}}', folder)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringContaining('accuracy.csv:3: '),
    });
  });

  it.each([
    ['search:\n  overrides:\n    ntk:\n      batchSize: 1', 4, 'search[0].overrides[0].ntk.batchSize'],
    ['search:\n  overrides:\n    speed: 1', 3, 'search[0].overrides[0].speed'],
    ['search:\n  protocols:\n    - fast\n    - quick', 4, 'search[0].protocols[1]'],
    ['search:\n  strategy: random\n  protocols: fast', 3, 'search[0].protocols'],
    ['search:\n  strategy: luck', 2, 'search[0].strategy'],
    [
      'search:\n  strategy: random\n  settings:\n    - samples: 2\n    - sample: 2',
      5,
      'search[0].settings[1].sample',
    ],
    [
      'search:\n  settings:\n    finals:\n      stages: [{ntk: 1}]',
      4,
      'search[0].settings[0].finals.stages[0].regions',
    ],
    ['search:\n  spaces: nats-size', 1, 'search[0].strategy'],
    ['search:\n  spaces: [nas-bench-201, dart]', 2, 'search[0].spaces[1]'],
    ['search:\n  metrics: [params, size]', 2, 'search[0].metrics[1]'],
    ['search:\n  metrics: [params, params]', 2, 'search[0].metrics'],
    ['search:\n  metrics:\n    - params\n    - te-nas: {size: 1}', 4, 'search[0].metrics[1].te-nas.size'],
    ['search:\n  strategy: random\n  metrics: [te-nas, az-nas]', 3, 'search[0].metrics'],
    [
      'search:\n  strategy: random\n  metrics: naswot\n  settings: {aggregate: te-nas}',
      3,
      'search[0].metrics',
    ],
    [
      'search:\n  strategy: random\n  settings:\n    samples: 3\n    aggregate: te-nas',
      5,
      'search[0].settings[0].aggregate',
    ],
    [
      'search:\n  settings:\n    shortlist: 8\n    stages:\n      - metrics: [luck]',
      5,
      'search[0].settings[0].stages[0].metrics',
    ],
    [
      'search:\n  settings:\n    - {shortlist: 8, stages: [{keep: 2}]}',
      3,
      'search[0].settings[0].stages[0].keep',
    ],
    ['search:\n  strategy: ./nowhere.mjs', 2, 'search[0].strategy'],
    ['search:\n  metrics:\n    - params\n    - naswot: {batch: 2}', 4, 'search[0].metrics[1].naswot.batch'],
    [`score:\n  architectures: ['${pool}']\n  ntk:\n    mode: fast`, 4, 'score[0].ntk.mode'],
    [`score:\n  architectures: ['${pool}']\n  aggregation: max`, 3, 'score[0].aggregation'],
    ['score:\n  spaces: darts\n  architectures: all', 3, 'score[0].architectures'],
    [`score:\n  architectures:\n    - '${pool}'\n    - '|x~0|'`, 4, 'score[0].architectures[1]'],
    ['score:\n  architectures: {sample: 99999}', 2, 'score[0].architectures.sample'],
    ['score:\n  architectures: {file: nowhere.txt}', 2, 'score[0].architectures.file'],
    ['search:\n  datasets: mnist', 2, 'search[0].datasets[0]'],
    ['datasets: {mine: {data: x}}\nsearch:\n  datasets: mine', 1, 'datasets.mine'],
    ['search:\n  datasets: cifar10', 2, 'search[0].datasets[0]'],
    ['train:\n  images: 9\n  validation: 9\n  architectures: [x]', 4, 'train[0].architectures[0]'],
    [`train:\n  images: 9\n  validation: 9\n  architectures: ['${pool}']`, 3, 'train[0].validation'],
    [`train:\n  architectures: ['${pool}']\n  recipes: [quick, slow]`, 3, 'train[0].recipes[1]'],
    [`train:\n  architectures: ['${pool}']\n  settings:\n    - {rates: 1}`, 4, 'train[0].settings[0].rates'],
    [`train:\n  architectures: ['${pool}']\n  settings:\n    rate: fast`, 4, 'train[0].settings[0].rate'],
    [
      "train:\n  spaces: nats-size\n  architectures: ['64:32:8:48:56']\n  channels: 8",
      4,
      'train[0].channels[0]',
    ],
    ['train:\n  architectures: {batch: nowhere}', 2, 'train[0].architectures.batch'],
    ['datasets:\n  d:\n    dataset: cifar\nsearch: {datasets: d}', 3, 'datasets.d.dataset'],
    ['datasets:\n  synthetic: {data: x}\nsearch: {}', 2, 'datasets.synthetic.data'],
  ])('names line and field of %j', async (text, line, field) => {
    await expect(plan(text)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      field,
      message: expect.stringMatching(new RegExp(`^spec\\.yaml:${line}: `)),
    });
  });
});
