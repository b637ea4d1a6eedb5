import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kendallTauB, orderedPair, orderingOf, unitWeights } from '@tenas/evaluation';
import { RankedPopulation } from '@tenas/metrics';
import { readCsv } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { readSpeeds, SPEED_FILE, speedPath } from '../src/metric-speed-file.js';
import { repositoryRoot } from '../src/paths.js';
import { rowsDrawn } from '../src/study-batches.js';
import type { StudyPopulation } from '../src/study-population.js';
import { mergedRankings, type Ranking, readRankings } from '../src/study-rankings.js';
import { choicesOf, RecipeTrials } from '../src/study-recipes.js';
import { rankingTable } from '../src/study-report.js';
import { joinedScores } from '../src/study-scores.js';

const NONE = Number.NaN;
const VALUES = {
  macs: [5, 3, 3, NONE, 1, 9, 2, 7, NONE, 4, 6],
  params: [2, 8, NONE, 1, 1, 3, NONE, NONE, 4, 9, 0],
};

function population(): StudyPopulation {
  return {
    size: VALUES.macs.length,
    values: new Map(Object.entries(VALUES).map(([name, values]) => [name, Float64Array.from(values)])),
    accuracies: [Float64Array.from([50, 61, 60, 10, 40, 90, 45, 80, 20, 70, 66])],
    columns: ['test'],
    representatives: VALUES.macs.map(String),
  };
}

describe('a table that is made of another one', () => {
  it('has representatives from each fourth row', () => {
    const space = getSpace('nas-bench-201');
    const all = space.sample({ count: 400, seed: 5 });
    const rows = all.map((architecture) => ({ cells: { arch: space.format(architecture) } }));
    const drawn = rowsDrawn(space, rows, 4);
    expect(drawn.length).toBeGreaterThan(10);
    expect(drawn.length).toBeLessThan(100);
    const keys = drawn.map(({ cells }) => space.isomorphism!.key(space.parse(cells.arch)));
    expect(new Set(keys).size).toBe(keys.length);
    for (const row of drawn) expect(rows.indexOf(row) % 4).toBe(0);
    const plain = getSpace('darts');
    const others = plain.sample({ count: 9, seed: 1 }).map((one) => ({ cells: { arch: plain.format(one) } }));
    expect(rowsDrawn(plain, others, 4)).toEqual([others[0], others[4], others[8]]);
  });
});

describe('recipes', () => {
  it.each([
    ['rank-sum', 'last'],
    ['rank-sum', 'median'],
    ['log-rank', 'last'],
    ['log-rank', 'median'],
  ] as const)('are worth by %s, missing %s, what the population of a search is', (rule, missing) => {
    const of = population();
    const ranked = new RankedPopulation({
      terms: [
        { name: 'macs', better: 'higher' },
        { name: 'params', better: 'higher' },
      ],
      rule,
      missing,
    });
    const value = (values: readonly number[], place: number) =>
      Number.isNaN(values[place]) ? null : values[place]!;
    for (let place = 0; place < of.size; place++) {
      ranked.add({
        macs: { value: value(VALUES.macs, place) },
        params: { value: value(VALUES.params, place) },
      });
    }
    const worth = new RecipeTrials([{ name: 'table', of }]).worth(of, {
      metrics: ['macs', 'params'],
      rule,
      missing,
    });
    for (let place = 0; place < of.size; place++) expect(worth[place]).toBeCloseTo(ranked.worth(place), 12);
  });

  it('gain over the better of parameters and multiply-adds', () => {
    const of = population();
    const trials = new RecipeTrials([{ name: 'table', of }]);
    const [macs] = trials.try({ metrics: ['macs'], rule: 'rank-sum', missing: 'last' });
    const worst = VALUES.macs.map((value) => (Number.isNaN(value) ? -1 : value));
    const pair = orderedPair(orderingOf(worst), orderingOf(of.accuracies[0]!));
    expect(macs).toMatchObject({ name: 'table', tau: kendallTauB(pair, unitWeights(of.size)), margin: 0 });
    const [params] = trials.try({ metrics: ['params'], rule: 'rank-sum', missing: 'last' });
    expect(params!.margin).toBeLessThan(0);
  });

  it('are all choices of so many metrics', () => {
    expect(choicesOf(['a', 'b', 'c'], 2)).toEqual([
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'c'],
    ]);
  });
});

describe('scores of several batches', () => {
  it('are those of the architectures that all batches have', () => {
    const { text, rows } = joinedScores([
      {
        from: 'one.csv',
        metrics: ['macs'],
        text: 'space,dataset,architecture,scoredAs,flops\ns,d,a,a,1\ns,d,b,a,-2\n',
      },
      {
        from: 'two.csv',
        metrics: ['naswot', 'zen'],
        text: 'architecture,naswot,naswot.repeats,zen\nb,,-,-3.5\nc,,-,4\n',
      },
    ]);
    expect(rows).toBe(1);
    const [row] = readCsv(text, 'joined').rows;
    expect(row!.cells).toEqual({
      ...{ space: 's', dataset: 'd', architecture: 'b', scoredAs: 'a' },
      ...{ flops: '-2', naswot: '', 'naswot.repeats': '-', zen: '-3.5' },
    });
  });
});

describe('rankings of several evaluations', () => {
  const row = (metric: string, architectures: number, tau: string, accuracy = 'test'): Ranking => ({
    ...{ table: 'darts', accuracy, population: 'all', metric, control: '', failures: '0', low: '', high: '' },
    ...{ architectures: String(architectures), tau, rho: '', tauTop: '', tauOwnTop: '', precisionTop: '' },
    ...{ ndcg: '', tauPartial: '', regret10: '' },
  });

  it('keep what was judged on more architectures, and metrics that were not judged again', () => {
    const before = [row('macs', 400, '0.6'), row('zen', 400, '0.5'), row('macs', 400, '0.7', 'other')];
    const later = [row('macs', 60, '0.1'), row('zen', 400, '0.4'), row('near', 60, '0.3')];
    expect(mergedRankings(before, later)).toEqual([before[0], later[1], later[2], before[2]]);
  });

  it('do not depend on how often they are written', () => {
    const later = [row('macs', 60, '0.1'), row('near', 60, '0.3')];
    expect(mergedRankings(mergedRankings([], later), later)).toEqual(later);
  });
});

describe('the tables of rankings', () => {
  const row = (table: string, accuracy: string, metric: string, tau: string, architectures = '9') =>
    ({
      table,
      accuracy,
      metric,
      tau,
      architectures,
      population: 'all',
      control: metric === 'params' ? 'yes' : '',
    }) as Ranking;
  const three = ['cifar10_test200', 'cifar100_test200', 'imagenet16_120_test200'];

  it('join the accuracies of a table, mark fewer networks, and add up what an aggregate costs', () => {
    const rankings = [
      ...three.flatMap((name, index) => [
        row('nb201', name, 'params', `0.${index + 1}`),
        row('nb201', name, 'ntk', `-0.${index + 4}`),
        row('nb201', name, 'te-nas', '0.5'),
      ]),
      row('darts', 'cifar10_valid', 'ntk', '0.25', '7'),
      row('darts', 'cifar10_valid', 'te-nas', '0.5'),
    ];
    const speed = (metric: string, median: number, network = 'small', side = 'ours', threads = 1) => ({
      ...{ metric, median, network, side, threads },
    });
    const speeds = [
      speed('ntk (sample)', 4.5, 'small', 'ours', 2),
      speed('ntk (sample)', 90, 'small', 'torch'),
      speed('ntk (sample)', 640, 'full'),
      speed('ntk (sample)', 5),
      speed('regions', 0.2),
      speed('regions', 0.25, 'deep'),
    ];
    expect(rankingTable(rankings, 'tau', speeds).split('\n').slice(2)).toEqual([
      '| `te-nas` | 0.50 / 0.50 / 0.50 | 0.50 | 5.25 |',
      '| *params* | 0.10 / 0.20 / 0.30 | - | 0 |',
      '| `ntk` | −0.40 / −0.50 / −0.60 | 0.25† | 5.00 |',
    ]);
    expect(rankingTable(rankings, 'tau').split('\n')[2]).toBe('| `te-nas` | 0.50 / 0.50 / 0.50 | 0.50 |');
  });

  it('are those of docs/quality.md (node benchmarks/dist/quality-report.js prints them)', () => {
    const docs = readFileSync(join(repositoryRoot, 'docs', 'quality.md'), 'utf8');
    const rankings = readRankings();
    const speeds = readSpeeds(readFileSync(speedPath, 'utf8'), SPEED_FILE);
    for (const table of [rankingTable(rankings, 'tau', speeds), rankingTable(rankings, 'tauTop')]) {
      expect(docs).toContain(table);
    }
  });
});
