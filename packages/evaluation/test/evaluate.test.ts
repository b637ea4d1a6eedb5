import { readFileSync } from 'node:fs';
import { listMetrics, type Metric, type NtkSettings, ntk } from '@tenas/metrics';
import { evaluationSchema, readCsv } from '@tenas/records';
import { datasetShape, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { evaluateScores } from '../src/evaluate.js';
import { readAccuracies, readScores, type Scores } from '../src/index.js';

function file(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

const space = nasBench201;
const cell = (a: string, rest = 'skip_connect') =>
  `|${a}~0|+|${rest}~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|`;

function evaluateText(
  scores: string,
  table: string,
  options: { combine?: string[][]; missing?: 'last' | 'median' | 'drop' } = {},
) {
  return evaluateScores({
    space: space.name,
    scores: readScores(readCsv(scores, 'scores.csv'), { space }),
    table: readAccuracies(readCsv(table, 'table.csv'), { space }),
    resamples: 20,
    ...options,
  });
}

describe('a stored sample', () => {
  it('gives the stored document, which keeps to its schema', async () => {
    const stored = JSON.parse(file('sample-evaluation.json'));
    const again = await evaluateScores({
      space: space.name,
      scores: readScores(readCsv(file('sample-scores.csv'), stored.scores.from), { space }),
      table: readAccuracies(readCsv(file('sample-accuracy.csv'), stored.table.from), {
        space,
        columns: stored.datasets,
      }),
      resamples: stored.bootstrap.resamples,
      combine: [['kappa', 'regions']],
    });
    expect(JSON.parse(JSON.stringify(evaluationSchema.parse(again)))).toEqual(stored);
  });

  it('of version 1 lacks the newer figures, and is read', () => {
    const { skipped, notes, table, correlations, points, ...stored } = JSON.parse(
      file('sample-evaluation.json'),
    );
    const { scales, duplicates, ...earlier } = table;
    const { hasUnreachable, ...columns } = points;
    expect([skipped.count, notes.length, scales.length, duplicates.rows]).toEqual([0, 0, 2, 0]);
    expect([correlations.length, hasUnreachable.length]).toEqual([3, 200]);
    const newer = [
      'tau',
      'interval',
      'tauTop',
      'tauOwnTop',
      'ownTop',
      'ndcg',
      'precisionTop',
      'partial',
      'regret',
    ];
    const without = (result: object) =>
      Object.fromEntries(Object.entries(result).filter(([field]) => !newer.includes(field)));
    const read = evaluationSchema.parse({
      ...{ ...stored, version: 1, table: earlier, points: columns },
      results: stored.results.map(without),
    });
    expect(read.table).toEqual(earlier);
    expect(read.correlations).toEqual([]);
    const [old, now] = [read.results[0]!, stored.results[0]];
    expect(old).toMatchObject({ tau: now.tau, interval: now.interval, tauTop: now.tauTop });
    expect(old).toMatchObject({ tauOwnTop: null, ownTop: null, ndcg: [], precisionTop: [], regret: [] });
    expect(old.partial).toEqual({ given: [], spearman: null, kendall: null });
  });

  it('has its figures inside their intervals, and other intervals for another seed', async () => {
    const scores = readScores(readCsv(file('sample-scores.csv'), 's'), { space });
    const table = readAccuracies(readCsv(file('sample-accuracy.csv'), 't'), {
      space,
      columns: ['cifar10_test200'],
    });
    const of = (seed: number) =>
      evaluateScores({ space: space.name, scores, table, resamples: 100, combine: [], seed });
    const [one, other] = [await of(0), await of(1)];
    for (const [index, { kendall }] of one.results.entries()) {
      expect(kendall.value).toBeGreaterThan(kendall.low!);
      expect(kendall.value).toBeLessThan(kendall.high!);
      expect(other.results[index]!.kendall.value).toBe(kendall.value);
      expect(other.results[index]!.kendall).not.toEqual(kendall);
    }
  });
});

describe('joining', () => {
  it('goes by what is meant and not by how it is written', async () => {
    const spaced = cell('none').replaceAll('|', ' | ').replaceAll('+', ' + ');
    const { joined, points } = await evaluateText(
      `kappa,arch\n10,${spaced}\n20,"${cell('nor_conv_1x1')}"\r\n5,${cell('avg_pool_3x3')}\n`,
      `arch,test\n${cell('none')},50\n${cell('nor_conv_1x1')},60\n${cell('nor_conv_3x3')},70\n`,
    );
    expect(joined).toEqual({ architectures: 2, onlyScored: 1, onlyInTable: 1 });
    expect(points.architectures).toEqual([cell('none'), cell('nor_conv_1x1')]);
    expect(points.accuracy.test).toEqual([50, 60]);
    expect(points.hasNone).toEqual([true, false]);
  });

  it('needs two architectures', async () => {
    await expect(
      evaluateText(`arch,kappa\n${cell('none')},1\n`, `arch,test\n${cell('none')},1\n`),
    ).rejects.toMatchObject({ code: 'NOTHING_JOINED' });
  });

  it.each([
    ['arch,kappa\n|nor_conv~0|,1\n', 'test', /scores.csv: line 2, column 'arch': got .*position 1, expected/],
    [`arch,kappa\n\n${cell('none')},high\n`, 'test', /scores.csv: line 3, column 'kappa': got "high"/],
    [`name,kappa\nx,1\n`, 'test', /scores.csv: no column 'architecture' or 'arch'.*name, kappa/],
    [`arch,kapa\n${cell('none')},1\n`, 'test', /no column kappa, regions, params, flops.*arch, kapa/],
    [`arch,kappa\n${cell('none')}\n`, 'test', /scores.csv: .*line 2/],
    [`arch,kappa,dataset\n${cell('none')},1,a\n${cell('none')},1,b\n`, 'test', /scores on a, b; choose one/],
    [
      `arch,kappa,ntkMode\n${cell('none')},1,batch\n${cell('none')},1,sample\n`,
      'test',
      /line 3, column 'ntkMode': got "sample"/,
    ],
    [
      `arch,kappa,space\n${cell('none')},1,darts\n`,
      'test',
      /scores.csv: column 'space': scores of darts, none of nas-bench-201/,
    ],
    [
      `arch,kappa\n${cell('none')},1\n`,
      'seconds',
      /table.csv: which columns are accuracies\? Name them \(--accuracy\).*arch, seconds/,
    ],
  ])('refuses %j', (scores, column, message) => {
    expect(() => {
      readScores(readCsv(scores, 'scores.csv'), { space });
      readAccuracies(readCsv(`arch,${column}\n${cell('none')},1\n`, 'table.csv'), { space });
    }).toThrow(message);
  });

  it('refuses a table that contradicts itself where it has to be strict', () => {
    const table = readCsv(`arch,test\n${cell('none')},1\n ${cell('none')},2\n`, 'table.csv');
    expect(() => readAccuracies(table, { space, strict: true })).toThrow(
      /line 3, column 'arch'.*earlier line/,
    );
  });
});

describe('failures', () => {
  const table = `arch,test\n${['none', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'].map((op, index) => `${cell(op)},${index}`).join('\n')}\n`;

  it('are counted, and are the worst', async () => {
    const { results, metrics, points } = await evaluateText(
      `arch,kappa,regions,status\n${cell('none')},nan,1,done\n${cell('nor_conv_1x1')},,2,done\n${cell('nor_conv_3x3')},30,3,done\n${cell('avg_pool_3x3')},1,9,failed\n`,
      table,
      { combine: [] },
    );
    expect(metrics.map(({ name, failures }) => [name, failures])).toEqual([
      ['kappa', 3],
      ['regions', 1],
      ['params', 0],
      ['macs', 0],
      ['depth', 0],
      ['random', 0],
    ]);
    expect(points.values.kappa).toEqual([null, null, 30, null]);
    const kappa = results.find(({ metric, population }) => metric === 'kappa' && population === 'all')!;
    expect(kappa).toMatchObject({ failures: 3, tiedPairs: 3, distinct: 2 });
    expect(kappa.bestRanked).toEqual({ accuracy: 2, architecture: cell('nor_conv_3x3'), tied: 1 });
    // Behind the one that has a value come three equals.
    expect(kappa.topK.find(({ k }) => k === 2)!.mean).toBeCloseTo((2 + 4 / 3) / 2, 12);
  });

  it('of all repeats are a failure, of some not', () => {
    const { metrics, architectures } = readScores(
      readCsv(
        `arch,kappa,kappas\n${cell('none')},1e6,-;-\n${cell('nor_conv_1x1')},200,-;4\n${cell('nor_conv_3x3')},4,2;8\n`,
        'scores.csv',
      ),
      { space },
    );
    const of = (name: string) => metrics.findIndex((metric) => metric.name === name);
    const values = (name: string) => architectures.map((architecture) => architecture.values[of(name)]);
    expect(values('kappa')).toEqual([null, 200, 4]);
    expect(values('kappa:min')).toEqual([null, 4, 2]);
    expect(values('kappa:mean')).toEqual([null, null, 5]);
    expect(values('kappa:log-mean')[1]).toBeCloseTo(2000, 6);
  });

  it('searches and unfinished jobs are no scores; seeds are pooled', () => {
    const { architectures, pooled } = readScores(
      readCsv(
        `arch,kappa,regions,kind,status\n${cell('none')},4,10,score,done\n${cell('none')},9,20,score,done\n${cell('none')},1,1,search,done\n${cell('nor_conv_1x1')},,,score,pending\n`,
        'scores.csv',
      ),
      { space },
    );
    expect(pooled).toBe(1);
    expect(architectures).toHaveLength(1);
    expect(architectures[0]!.values[0]).toBeCloseTo(6, 12);
    expect(architectures[0]!.values[1]).toBe(15);
  });
});

describe('metrics', () => {
  const table = `arch,test\n${cell('none')},1\n${cell('nor_conv_1x1')},2\n${cell('nor_conv_3x3')},3\n`;
  const best: Metric<NtkSettings> = {
    name: 'my-best',
    title: 'best of all',
    better: 'lower',
    paper: '',
    needs: [],
    settings: ntk.settings,
    combine: (repeats, { aggregation }) =>
      (aggregation === 'min' ? Math.min : Math.max)(...repeats.map(Number)),
    aggregations: { least: { aggregation: 'min' } },
    count: () => 7,
  };
  const scores = (text: string, metrics?: readonly Metric[]) =>
    readScores(readCsv(text, 'scores.csv'), { space, metrics });
  const column = ({ metrics, architectures }: Scores, wanted: string) =>
    architectures.map(({ values }) => values[metrics.findIndex(({ name }) => name === wanted)]);

  it('are judged as the registry says: direction, pooling, ways to combine repeats', () => {
    const read = scores(
      `arch,my-best,my-best.repeats,naswot\n${cell('none')},5,1;5,4\n${cell('none')},3,2;3,8\n${cell('nor_conv_1x1')},9,9;9,\n`,
      [...listMetrics(), best as Metric],
    );
    expect(read.metrics).toMatchObject([
      { name: 'naswot', better: 'higher', source: { kind: 'column', column: 'naswot' } },
      {
        name: 'my-best',
        title: 'best of all',
        better: 'lower',
        source: { kind: 'column', column: 'my-best' },
      },
      { name: 'params', better: 'higher', control: true, source: { kind: 'counted' } },
      { name: 'macs', better: 'higher', control: true, source: { kind: 'counted' } },
      { name: 'depth', better: 'higher', control: true, source: { kind: 'counted' } },
      { name: 'random', better: 'higher', control: true, source: { kind: 'random', seed: 0 } },
      {
        name: 'my-best:least',
        better: 'lower',
        source: { kind: 'repeats', column: 'my-best.repeats', aggregation: 'least' },
      },
    ]);
    expect(column(read, 'my-best')).toEqual([5, 9]);
    expect(column(read, 'my-best:least')).toEqual([1, 9]);
    expect(column(read, 'naswot')).toEqual([6, null]);
  });

  it('that were measured with other settings are refused, however their repeats are combined', () => {
    const rows = (...settings: string[]) =>
      `arch,naswot,settings\n${settings.map((one, at) => `${cell('none')},${at},${one}`).join('\n')}\n`;
    expect(() => scores(rows('naswot.batchSize=4', 'naswot.batchSize=8'))).toThrow(
      /'naswot\.batchSize=4', and such scores cannot be compared/,
    );
    expect(scores(rows('ntk.aggregation=min a.b=1', 'a.b=1')).pooled).toBe(1);
  });

  it('that count need no column, and are combined with the others', async () => {
    const text = `arch,snip,dataset\n${cell('none')},1,imagenet16-120\n${cell('nor_conv_1x1')},2,imagenet16-120\n${cell('nor_conv_3x3')},3,imagenet16-120\n`;
    const evaluation = await evaluateText(text, table);
    expect(evaluation.metrics.map(({ name }) => name)).toEqual([
      ...['snip', 'params', 'macs', 'depth', 'random'],
      ...['rank(snip)+rank(params)', 'log-rank(snip)+log-rank(params)'],
    ]);
    const size = space.sizes.final(datasetShape('imagenet16-120'));
    const cost = space.costs(size).of(space.parse(cell('nor_conv_1x1')));
    expect(evaluation.points.values).toMatchObject({
      params: [expect.any(Number), cost.params, expect.any(Number)],
      macs: [expect.any(Number), cost.macs, expect.any(Number)],
    });
    expect(column(scores(text, [...listMetrics(), best as Metric]), 'my-best')).toEqual([7, 7, 7]);
  });

  it('that a batch did not measure are left out, and those that failed are not', () => {
    const header = 'arch,kappa,regions,params,kappas,naswot,snip,dataset';
    const read = scores(`${header}\n${cell('none')},,,,-;-,5,,a\n`);
    expect(read.metrics.map(({ name }) => name)).toEqual([
      ...['kappa', 'naswot', 'params', 'macs', 'depth', 'random'],
      ...['kappa:mean', 'kappa:median', 'kappa:log-mean', 'kappa:min'],
    ]);
    expect(column(read, 'kappa')).toEqual([null]);
    expect(column(read, 'params')).toEqual([expect.any(Number)]);
  });

  it('of which there are many are combined all together, of more than five not unasked', async () => {
    const combined = async (names: readonly string[], options = {}) => {
      const row = (op: string, value: number) => [cell(op), ...names.map(() => value)].join(',');
      const text = `arch,${names}\n${row('none', 1)}\n${row('nor_conv_1x1', 2)}\n`;
      const { metrics } = await evaluateText(text, table, options);
      return metrics.flatMap(({ source }) => (source.kind === 'combination' ? [source.parts] : []));
    };
    const five = ['kappa', 'regions', 'naswot', 'synflow'];
    const all = [...five, 'params'];
    expect(await combined(five)).toEqual([all, all]);
    const six = [...five, 'snip'];
    expect(await combined(six)).toEqual([]);
    expect(await combined(six, { combine: [six] })).toEqual([six, six]);
  });

  it('that nobody knows need a direction', () => {
    const text = `arch,latency\n${cell('none')},3\n${cell('none')},5\n`;
    expect(() => scores(text)).toThrow(/no column kappa, regions, .*name one of arch, latency as a metric/);
    const columns = [{ column: 'latency', better: 'lower' as const }];
    const read = readScores(readCsv(text, 'scores.csv'), { space, columns });
    expect(read.metrics[0]).toMatchObject({ name: 'latency', better: 'lower' });
    expect(column(read, 'latency')).toEqual([4]);
  });
});

describe('combinations', () => {
  const scores = `arch,kappa,regions\n${cell('none')},1,1\n${cell('nor_conv_1x1')},2,2\n${cell('nor_conv_3x3')},3,9\n`;
  const table = `arch,test\n${cell('none')},1\n${cell('nor_conv_1x1')},2\n${cell('nor_conv_3x3')},3\n`;

  it('add ranks, or logarithms of the ranks from the worst', async () => {
    const { points } = await evaluateText(scores, table);
    expect(points.values['rank(kappa)+rank(regions)']).toEqual([4, 4, 4]);
    const logs = points.values['log-rank(kappa)+log-rank(regions)']!;
    expect(logs[0]).toBeCloseTo(Math.log(3), 12);
    expect(logs[1]).toBeCloseTo(2 * Math.log(1.5), 12);
  });

  it('are named aggregates, over the architectures that are judged together', async () => {
    const { points, metrics, results } = await evaluateText(scores, table, { combine: [['te-nas']] });
    // By kappa 3, 2, 1; by regions 1, 2, 3.
    expect(points.values['te-nas']).toEqual([4, 4, 4]);
    expect(metrics.at(-1)).toMatchObject({
      name: 'te-nas',
      better: 'higher',
      source: { kind: 'combination', combination: 'aggregate', missing: 'last', parts: ['kappa', 'regions'] },
    });
    expect(results.filter(({ metric }) => metric === 'te-nas')).not.toEqual([]);
    await expect(evaluateText(scores, table, { combine: [['freerea']] })).rejects.toThrow(
      /it needs naswot, logsynflow, skip-length, and the scores have no naswot; score with --metrics freerea/,
    );
  });

  it('put architectures without a value where they are told to', async () => {
    const gaps = `arch,kappa,regions\n${cell('none')},,9\n${cell('nor_conv_1x1')},2,2\n${cell('nor_conv_3x3')},3,1\n`;
    const values = async (missing: 'last' | 'median' | 'drop') =>
      (await evaluateText(gaps, table, { combine: [['te-nas']], missing })).points.values['te-nas'];
    expect(await values('last')).toEqual([1 + 3, 3 + 2, 2 + 1]);
    expect(await values('median')).toEqual([2 + 3, 3 + 2, 1 + 1]);
    expect(await values('drop')).toEqual([null, 2 + 2, 1 + 1]);
  });

  it('name metrics that there are', async () => {
    await expect(evaluateText(scores, table, { combine: [['kappa', 'synflow']] })).rejects.toThrow(
      /'synflow' is no metric; the metrics are kappa, regions, params, macs/,
    );
    await expect(evaluateText(scores, table, { combine: [['kappa']] })).rejects.toThrow(/two metrics/);
  });
});
