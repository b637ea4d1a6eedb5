import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { mean } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { type CountingMetric, params } from '@tenas/metrics';
import { RankedPopulation } from '@tenas/metrics/definitions';
import { type ProgressiveDetail, progressiveDetailSchema } from '@tenas/records';
import { pnas as cells, darts, nasBench201, natsSize, type Space, uniqueNasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { type RunSearchOptions, runSearch } from '../../src/index.js';
import { nextCells } from '../../src/pnas/beam.js';
import type { Cell } from '../../src/pnas/predictor.js';
import { RankTargets, ValueTargets } from '../../src/pnas/targets.js';

const source = syntheticImages();
const most: CountingMetric = { ...params, name: 'most', better: 'higher' };
const SMALL = { beam: 10, embedding: 4, units: 8, epochs: 20, refits: 10 };

async function progressive(settings: object, options: Partial<RunSearchOptions> = {}) {
  const found = await runSearch({
    space: nasBench201,
    source,
    strategy: 'pnas',
    metrics: [most],
    settings,
    ...options,
  });
  return { ...found, detail: progressiveDetailSchema.parse(found.detail) as ProgressiveDetail };
}

describe('a beam', () => {
  const { progressive: levels } = cells;
  const pause = async () => {};

  it('holds the best by prediction, none of them twice', async () => {
    const first = levels
      .blocks(1)
      .slice(0, 12)
      .map((block) => [block]);
    // Blocks that read the inputs alone come in either order; all of their predictions are different.
    const ensemble = {
      predictNext: (cell: Cell, blocks: Cell) =>
        Float64Array.from(
          blocks,
          (block) => (1e4 * block[0]! + 1e2 * block[1]! + block[2]! + cell[0]![3]! / 10) / 1e6,
        ),
    };
    const { chosen, candidates } = await nextCells(levels, first, {
      level: 2,
      beam: 3600,
      ensemble,
      pause,
      completable: null,
    });
    expect(candidates).toBe(12 * 300);
    const keys = chosen.map(({ cell }) => levels.key(cell));
    expect(new Set(keys).size).toBe(keys.length);
    // Of pairs out of 12 blocks 66 are in two orders.
    expect(keys.length).toBe(12 * 300 - 66);
    const predicted = chosen.map((one) => one.predicted);
    expect(predicted).toEqual(predicted.toSorted((a, b) => b - a));
    const few = await nextCells(levels, first, { level: 2, beam: 25, ensemble, pause, completable: null });
    expect(few.chosen).toEqual(chosen.slice(0, 25));
  });

  it('is exhaustive where it holds all', async () => {
    const { architecture, scored, detail } = await progressive({
      ...SMALL,
      beam: 20_000,
      members: 1,
      epochs: 1,
      refits: 1,
      batch: 1000,
    });
    expect(detail.levels.map(({ candidates }) => candidates).slice(0, 2)).toEqual([5, 125]);
    expect(scored.length).toBe(uniqueNasBench201().length);
    expect(architecture).toBe(
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|',
    );
  });
});

describe('targets', () => {
  const gain = { name: 'gain', better: 'higher' } as const;
  const scoresOf = (value: number | null) => ({ gain: { value } });

  it('are shares of cells that are worse', () => {
    const history = new RankedPopulation({ terms: [gain], rule: 'log-rank', missing: 'drop' });
    for (const value of [3, 9, null, 9]) history.add(scoresOf(value));
    expect(new RankTargets(history).all()).toEqual([0.375, 0.75, 0.125, 0.75]);
  });

  it('are accuracies as they are, and other values standardised', () => {
    const accuracy = new ValueTargets(gain);
    for (const value of [0.5, null, 0.9]) accuracy.add(scoresOf(value));
    expect(accuracy.all()).toEqual([0.5, 0.5, 0.9]);
    accuracy.add(scoresOf(1.2));
    expect(accuracy.all()).toEqual([0.5, 0.5, 0.9, 1]);
    const cost = new ValueTargets({ name: 'gain', better: 'lower' });
    for (const value of [-10, -30]) cost.add(scoresOf(value));
    expect(cost.all().map((one) => one.toFixed(4))).toEqual(['0.2689', '0.7311']);
  });
});

describe('progressive search', () => {
  it('says of every level what was picked from and how well it was predicted', async () => {
    const { detail, steps, scored } = await progressive(SMALL);
    expect(steps.map(({ label }) => label)).toEqual(['level 1', 'level 2', 'level 3']);
    expect(
      detail.levels.map((level) => [level.level, level.candidates, level.seen, level.cells.length]),
    ).toEqual([
      [1, 5, 5, 5],
      [2, 125, 15, 10],
      [3, 10 * 125, 25, 10],
    ]);
    const [first, second, third] = detail.levels;
    expect([first!.ahead, first!.gap, first!.cells[0]!.predicted]).toEqual([null, null, null]);
    for (const level of [second!, third!]) {
      expect(level.errors.ensemble).toBeLessThanOrEqual(level.errors.members + 1e-12);
      const predicted = level.cells.map((cell) => cell.predicted!);
      expect(predicted).toEqual(predicted.toSorted((a, b) => b - a));
      expect(level.gap).toBeCloseTo(mean(predicted) - mean(level.cells.map(({ target }) => target)), 12);
    }
    // What was scored on a level, or is the same network as one that was.
    expect(scored.length).toBeLessThanOrEqual(25);
  });

  it.each([
    ['by an LSTM', { predictor: 'lstm' }, nasBench201],
    ['by values', { target: 'value' }, cells],
    ['in cells of DARTS', {}, darts],
  ])('finds large cells where the metric likes them, %s', async (_, settings, space: Space) => {
    const { scores } = await progressive({ ...SMALL, ...settings }, { space });
    const { scores: drawn } = await runSearch({
      space,
      source,
      strategy: 'random',
      metrics: [most],
      settings: { samples: 10 },
    });
    expect(scores!.most!.value).toBeGreaterThan(drawn!.most!.value!);
  });

  it('is refused where architectures do not grow, naming what fits', async () => {
    await expect(progressive(SMALL, { space: natsSize })).rejects.toThrowError(
      /nats-size has no levels .*which the strategy pnas needs; strategies that work there are random, /,
    );
  });

  it('is refused by values of several metrics', async () => {
    await expect(
      progressive({ ...SMALL, target: 'value' }, { metrics: [most, 'macs'] }),
    ).rejects.toThrowError(expect.objectContaining({ code: 'SETTING_INVALID', field: 'settings.target' }));
  });

  const table = resolve(
    process.env.TENAS_SHARED ?? resolve(import.meta.dirname, '../../../../../shared'),
    'data/nas-bench-201/accuracy.csv',
  );
  const absent = existsSync(table) ? '' : ` (skipped: no ${table}; set TENAS_SHARED)`;

  it.skipIf(absent !== '')(
    `finds 94.2 % on NAS-Bench-201 with 105 accuracies of its table${absent}`,
    async () => {
      const [head, ...rows] = readFileSync(table, 'utf8').trim().split(/\r?\n/);
      const column = head!.split(',').indexOf('cifar10_test200');
      const accuracies = new Map(
        rows.map((row) => {
          const fields = row.split(',');
          return [fields[1]!, Number(fields[column])];
        }),
      );
      // A space in which networks cost what they are accurate: metrics that count see nothing else of a table.
      const space: typeof nasBench201 = {
        ...nasBench201,
        costs: () => ({
          of: (architecture) => ({
            params: accuracies.get(nasBench201.format(architecture))!,
            macs: 0,
            flops: 0,
          }),
        }),
      };
      const found = await Promise.all(
        [0, 1].map(async (seed) => {
          const { scores, scored } = await progressive({ beam: 50 }, { space, seed });
          expect(scored.length).toBeLessThanOrEqual(105);
          return scores!.most!.value!;
        }),
      );
      // The best of as many random cells has 93.84 % on average, the best of all 94.37 %.
      expect(mean(found)).toBeGreaterThan(94.1);
    },
  );
});
