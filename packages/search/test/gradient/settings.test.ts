import { readSettings } from '@tenas/base/settings';
import { syntheticImages } from '@tenas/data';
import { gradientDetailOf, type SearchRecord } from '@tenas/records';
import { darts, dartsFrc, nasBench201, natsSize, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { completeGdas, completeMixture, gdasSettings, mixtureSettings } from '../../src/gradient/settings.js';
import { dartsGradient, gdas, runSearch, type Strategy } from '../../src/index.js';

const gdasOf = (given: object) => readSettings('settings', gdasSettings, given);
const dartsOf = (given: object) => readSettings('settings', mixtureSettings, given);

describe('the presets', () => {
  it('have the published numbers of each space', () => {
    const common = {
      epochs: 250,
      channels: 16,
      rate: 0.025,
      finalRate: 0.001,
      clip: 5,
      alphaRate: 3e-4,
      draws: 1,
    };
    const own = { tauMax: 10, tauMin: 0.1, alphaDecay: 1e-3, warmup: 0, affine: false, untouched: 'decay' };
    const published = gdasOf({ preset: 'published' });
    expect(completeGdas(published, nasBench201)).toMatchObject({
      ...{ ...common, ...own },
      ...{ cells: 5, batchSize: 64, estimator: 'G-S' },
    });
    expect(completeGdas(published, darts)).toMatchObject({
      ...{ ...common, ...own },
      ...{ cells: 2, batchSize: 256, estimator: 'G', genotype: 'pairs' },
    });
    expect(completeGdas(published, dartsFrc)).toEqual(completeGdas(published, darts));
    expect(completeMixture(dartsOf({ preset: 'published' }), darts)).toMatchObject({
      epochs: 50,
      genotype: 'edges',
      answer: 'policy',
    });
  });

  it('end a quick search of GDAS by 64 finalists that are trained on where every edge stays', () => {
    const ending = { answer: 'best', finalists: 64, finetune: 400, halving: 4, judge: 'training-loss' };
    expect(completeGdas(gdasOf({}), nasBench201)).toMatchObject({ ...ending, side: 16, augment: false });
    expect(completeGdas(gdasOf({ task: 'jigsaw' }), nasBench201)).toMatchObject({ ...ending, side: null });
    const without = { finalists: 100, finetune: 0, side: null, augment: true };
    expect(completeGdas(gdasOf({}), darts)).toMatchObject(without);
    expect(completeGdas(gdasOf({ preset: 'published' }), nasBench201)).toMatchObject(without);
    expect(completeMixture(dartsOf({}), nasBench201)).toMatchObject(without);
    expect(completeGdas(gdasOf({}), darts).answer).toBe('policy');
    expect(completeGdas(gdasOf({ preset: 'published' }), nasBench201).answer).toBe('policy');
    expect(completeMixture(dartsOf({}), nasBench201).answer).toBe('policy');
  });

  it('warm up for at most half of the epochs, or for the share of the preset', () => {
    const warmups = (complete: (epochs: object) => { readonly warmup: number }, epochs: readonly number[]) =>
      epochs.map((count) => complete({ epochs: count }).warmup);
    expect(completeGdas(gdasOf({}), nasBench201)).toMatchObject({ epochs: 40, warmup: 20 });
    expect(warmups((some) => completeGdas(gdasOf(some), nasBench201), [1, 2, 30, 90])).toEqual([
      0, 1, 15, 20,
    ]);
    expect(warmups((some) => completeGdas(gdasOf(some), darts), [1, 8, 20])).toEqual([0, 4, 5]);
    expect(warmups((some) => completeMixture(dartsOf(some), nasBench201), [2, 30, 60])).toEqual([1, 15, 15]);
  });

  it('leave an epoch for the architecture', () => {
    const given = gdasOf({ epochs: 3, warmup: 3 });
    expect(() => completeGdas(given, nasBench201)).toThrow(/warmup must be less than the 3 epochs/);
  });
});

describe.each<[string, Strategy, object]>([
  ['gdas', gdas, { draws: 2, answer: 'policy' }],
  ['darts-gradient', dartsGradient, {}],
])('%s', (name, strategy, settings) => {
  const small = { channels: 2, cells: 1, images: 40, epochs: 3, warmup: 1, batchSize: 10, ...settings };
  const source = syntheticImages({ size: 8, images: 40 });
  const search = async (space: Space, given: object = {}) =>
    await runSearch({ space, source, strategy, settings: { ...small, ...given }, metrics: [], seed: 1 });

  it.each(['rotation', 'jigsaw', 'colorization-32'])(
    'learns the task %s, another one than labels',
    async (task) => {
      const images = syntheticImages({ size: 32, images: 40 });
      const found = async (given: object) =>
        gradientDetailOf(
          await runSearch({
            ...{ space: nasBench201, source: images, strategy, metrics: [], seed: 1 },
            settings: { ...small, ...given },
          }),
        )!.states.map(({ trainLoss }) => trainLoss);
      const losses = await found({ task });
      expect(losses).not.toEqual(await found({}));
      expect(losses).toEqual(await found({ task }));
    },
  );

  it.each([[nasBench201], [darts], [dartsFrc]])('tells of each epoch what it came to', async (space) => {
    const temperatures = name === 'gdas' ? { tauMax: 10, tauMin: 0.1 } : {};
    const record: SearchRecord = await search(space, temperatures);
    expect(record.strategy).toBe(name);
    const detail = gradientDetailOf(record)!;
    expect(detail.images).toEqual({ training: 20, validation: 20 });
    expect(detail.steps).toBe(6);
    expect(detail.states.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const taus = detail.states.map(({ tau }) => tau);
    expect(taus).toEqual(
      name === 'gdas' ? [10, expect.closeTo(5.05, 9), expect.closeTo(0.1, 9)] : [null, null, null],
    );
    expect(detail.states.map(({ validationLoss }) => validationLoss === null)).toEqual([true, false, false]);
    const last = detail.states.at(-1)!;
    expect(last.architecture).toBe(record.architecture);
    const ops = record
      .architecture!.match(/[a-z]+_[a-z0-9_]+|none/g)!
      .filter((op) => op !== 'normal_concat' && op !== 'reduce_concat');
    if (space === nasBench201) {
      expect(last.parameterFree).toBe(ops.filter((op) => !op.startsWith('nor_conv')).length);
    }
    expect(last.parameterFree).toBeGreaterThanOrEqual(0);
    expect(detail.states[0]!.probabilities).not.toEqual(last.probabilities);
  });

  it.each(['edges', 'pairs'])(
    'learns one cell where the other is fixed, by the rule of %s',
    async (genotype) => {
      const record = await search(dartsFrc, { genotype });
      expect(record.architecture).toMatch(/^Genotype\(normal=\[(\('\w+', \d\)(, )?){8}\], normal_concat=/);
      expect(record.architecture).not.toContain('reduce');
      const detail = gradientDetailOf(record)!;
      expect(detail.states.at(-1)!.architecture).toBe(record.architecture);
      expect(detail.decisions.map(({ name }) => name)).toEqual(
        dartsFrc.supernet.decisions.map((decision) => decision.name),
      );
    },
  );

  it('refuses a space without a supernet', async () => {
    await expect(search(natsSize)).rejects.toMatchObject({ code: 'SPACE_UNFIT' });
  });
});
