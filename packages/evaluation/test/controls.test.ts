import { readFileSync } from 'node:fs';
import { readCsv } from '@tenas/records';
import { nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import {
  evaluateScores,
  kendallTauB,
  orderedPair,
  orderingOf,
  readAccuracies,
  readScores,
  unitWeights,
} from '../src/index.js';

function file(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

const space = nasBench201;
const cell = (a: string) =>
  `|${a}~0|+|skip_connect~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|`;

describe('populations', () => {
  it('are all, those without none, and those without operations that no path passes', async () => {
    // Without `none` in the first; a chain in the second; in the third and fourth nothing reads node 2.
    const texts = [
      cell('nor_conv_3x3'),
      '|nor_conv_1x1~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|nor_conv_1x1~2|',
      '|nor_conv_1x1~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|none~0|nor_conv_1x1~1|none~2|',
      '|nor_conv_1x1~0|+|nor_conv_3x3~0|none~1|+|none~0|nor_conv_3x3~1|none~2|',
      cell('nor_conv_1x1'),
    ];
    const rows = (name: string) =>
      `arch,${name}\n${texts.map((text, index) => `${text},${index}`).join('\n')}\n`;
    const evaluation = await evaluateScores({
      ...{ space: space.name, resamples: 0, combine: [] },
      scores: readScores(readCsv(rows('kappa'), 'scores.csv'), { space }),
      table: readAccuracies(readCsv(rows('test'), 'table.csv'), { space }),
    });
    expect(evaluation.points.hasUnreachable).toEqual([false, false, true, true, false]);
    expect(
      evaluation.populations.map(({ population, architectures }) => [population, architectures]),
    ).toEqual([
      ['all', 5],
      ['without-none', 2],
      ['without-unreachable', 3],
    ]);
    const names = ['kappa', 'params', 'macs', 'depth', 'random'];
    expect(evaluation.correlations).toMatchObject([
      { population: 'all', datasets: ['test'], metrics: names },
      { population: 'without-none', metrics: names },
      { population: 'without-unreachable', metrics: names },
    ]);
    // Fewer than ten say nothing.
    expect(evaluation.correlations[0]!.kendall).toEqual(names.map(() => names.map(() => null)));
  });
});

describe('controls', () => {
  const sampleScores = readCsv(file('sample-scores.csv'), 's');
  const table = readAccuracies(readCsv(file('sample-accuracy.csv'), 't'), {
    space,
    columns: ['cifar10_test200'],
  });
  const judged = async (seed: number, scores = sampleScores) =>
    await evaluateScores({
      ...{ space: space.name, table, resamples: 0, combine: [] },
      scores: readScores(scores, { space, seed }),
    });
  const resultOf = ({ results }: Awaited<ReturnType<typeof judged>>, wanted: string) =>
    results.find(({ metric, population }) => metric === wanted && population === 'all')!;

  it('are marked, and what they take out of a correlation is named', async () => {
    const evaluation = await judged(0);
    const controls = evaluation.metrics.filter(({ control }) => control === true);
    expect(controls.map(({ name }) => name)).toEqual(['params', 'flops', 'depth', 'random']);
    expect(resultOf(evaluation, 'kappa').partial.given).toEqual(['params', 'flops']);
    expect(resultOf(evaluation, 'params').partial.spearman).toBeNull();
  });

  it('rank at random by the seed alone, about as well as not at all', async () => {
    const [one, again, other] = [await judged(1), await judged(1), await judged(2)];
    const tau = (evaluation: typeof one) => resultOf(evaluation, 'random').tau!;
    expect(tau(one)).toBe(tau(again));
    expect(tau(one)).not.toBe(tau(other));
    // 200 architectures: the standard deviation of tau is 0.047.
    for (const evaluation of [one, other]) expect(Math.abs(tau(evaluation))).toBeLessThan(0.2);
  });

  it('leave a column of their name alone', async () => {
    const { columns, rows } = sampleScores;
    const own = {
      ...sampleScores,
      columns: [...columns, 'random'],
      rows: rows.map((row, index) => ({ ...row, cells: { ...row.cells, random: String(index) } })),
    };
    const scores = readScores(own, { space, columns: [{ column: 'random', better: 'lower' }] });
    expect(scores.metrics.filter(({ name }) => name === 'random')).toMatchObject([
      { better: 'lower', source: { kind: 'column', column: 'random' } },
    ]);
  });

  it('agree with the other metrics as a symmetric matrix says', async () => {
    const { correlations, points } = await judged(0);
    const { metrics, kendall } = correlations[0]!;
    for (const [row, taus] of kendall.entries()) {
      expect(taus[row]).toBeCloseTo(1, 12);
      expect(taus).toEqual(kendall.map((other) => other[row]));
    }
    // Lower condition numbers are better, so that the sign is turned.
    const place = (name: string) => metrics.indexOf(name);
    const [kappa, depth] = [points.values.kappa!, points.values.depth!];
    const pair = orderedPair(
      orderingOf(kappa.map((value) => -(value ?? Number.POSITIVE_INFINITY))),
      orderingOf(depth.map(Number)),
    );
    expect(kendall[place('kappa')]![place('depth')]).toBe(kendallTauB(pair, unitWeights(kappa.length)));
  });
});
