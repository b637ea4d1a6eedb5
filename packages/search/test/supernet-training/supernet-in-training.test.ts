import { syntheticImages } from '@tenas/data';
import { smallSpace } from '@tenas/metrics/contract';
import { type Choices, darts, dartsFrc, nasBench201, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import {
  SupernetInTraining,
  type SupernetTrainingOptions,
  type SupernetTrainingSettings,
} from '../../src/index.js';
import { operationParams } from '../../src/supernet-training/operation-params.js';

const SETTINGS: SupernetTrainingSettings = {
  channels: 4,
  cells: 1,
  images: 96,
  validation: 0.5,
  epochs: 2,
  batchSize: 16,
  rate: 0.05,
  finalRate: 0.01,
  momentum: 0.9,
  weightDecay: 5e-4,
  clip: 5,
  affine: true,
  untouched: 'keep',
};
const source = syntheticImages({ size: 8, images: 200 });

async function open(
  settings: Partial<SupernetTrainingSettings> = {},
  options: Partial<SupernetTrainingOptions> = {},
): Promise<SupernetInTraining> {
  return await SupernetInTraining.open({
    space: smallSpace({ supernet: true }),
    source,
    seed: 3,
    signal: new AbortController().signal,
    engine: { threads: 1 },
    ...options,
    settings: { ...SETTINGS, ...settings },
  });
}

const PATH: Choices = { '1<-0': 'conv_3x3', '2<-1': 'skip' };
const OTHER: Choices = { '1<-0': 'conv_1x1', '2<-1': 'conv_3x3' };

describe('a supernet in training', () => {
  it('learns on one part of the images what it knows on the other', async () => {
    const three = syntheticImages({ size: 12, images: 300, classes: 3 });
    await using training = await open({ images: 300, epochs: 12, rate: 0.1 }, { source: three });
    const path = training.paths.ofChoices(PATH);
    const [before] = await training.evaluate([path]);
    for (let step = 0; step < 12 * training.stepsPerEpoch; step++) await training.trainStep(path);
    const [after] = await training.evaluate([path]);
    expect(after!.loss).toBeLessThan(0.85 * before!.loss);
    expect(after!.accuracy).toBeGreaterThan(0.5);
  });

  it('takes the images apart by seed, and whole batches of them', async () => {
    await using training = await open({ images: 90 });
    expect(training.trainingImages).toBe(45);
    expect(training.validationImages).toBe(45);
    expect(training.stepsPerEpoch).toBe(2);
    await using whole = await open({ images: 10_000, validation: 0.2 });
    expect(whole.trainingImages).toBe(160);
    await expect(open({ images: 3 })).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      field: 'settings.images',
    });
  });

  it('lowers the rate by half a cosine per epoch, to the final one', async () => {
    await using training = await open({ images: 64, epochs: 3 });
    const rates: number[] = [];
    for (let step = 0; step < 4 * training.stepsPerEpoch; step++) {
      rates.push(training.rate);
      await training.trainStep(training.paths.ofChoices(PATH));
    }
    const [first, second, third] = [0, 1, 2].map(
      (epoch) => 0.01 + (0.04 * (1 + Math.cos((Math.PI * epoch) / 3))) / 2,
    );
    expect(rates).toEqual(
      [first, first, second, second, third, third, third, third].map((one) => expect.closeTo(one!, 12)),
    );
  });

  it('has the gradient of the loss by the coefficients of what runs, and keeps the weights', async () => {
    await using training = await open({}, { engine: { engine: 'reference' } });
    const path = training.paths.ofChoices(PATH);
    const state = await training.snapshot();
    const [first] = await training.architectureStep([path]);
    const { gradient, loss } = first!;
    const slot = training.graph.slots.indexOf('1<-0/conv_3x3');
    const lossAt = async (coefficient: number) => {
      await training.restore(state);
      const moved = path.slice();
      moved[slot] = coefficient;
      return (await training.architectureStep([moved]))[0]!.loss;
    };
    const step = 1e-4;
    const difference = ((await lossAt(1 + step)) - (await lossAt(1 - step))) / (2 * step);
    expect(gradient[0]![2]).toBeCloseTo(difference, 7);
    expect(gradient.map((some) => [...some].map((one) => one !== 0))).toEqual([
      [false, false, true],
      [true, false, false],
    ]);
    expect(await lossAt(1)).toBe(loss);
    const several = await training.architectureStep([path, training.paths.ofChoices(OTHER), path]);
    expect(several[2]).toEqual(several[0]);
    expect(several[1]!.loss).not.toBe(several[0]!.loss);
  });

  it('goes on from a snapshot to the bit, and is the same on any number of threads', async () => {
    const run = async (training: SupernetInTraining, steps: number) => {
      const seen: number[] = [];
      for (let step = 0; step < steps; step++) {
        seen.push((await training.trainStep(training.paths.ofChoices(PATH))).loss);
        seen.push((await training.architectureStep([training.paths.ofChoices(OTHER)]))[0]!.loss);
        seen.push((await training.validationStep(training.paths.ofChoices(PATH))).loss);
      }
      return seen;
    };
    await using whole = await open();
    await run(whole, 2);
    const state = await whole.snapshot();
    const rest = await run(whole, 3);
    const found = await whole.evaluate([whole.paths.ofChoices(PATH)]);
    await using other = await open({}, { engine: { threads: 3 } });
    await run(other, 1);
    await other.restore(state);
    expect(await run(other, 3)).toEqual(rest);
    expect(await other.evaluate([other.paths.ofChoices(PATH)])).toEqual(found);
    await using another = await open({}, { seed: 4 });
    expect(await run(another, 1)).not.toEqual(await run(await open(), 1));
  });

  it('evaluates paths one by one, by the statistics of batches or by estimated ones', async () => {
    await using training = await open();
    const paths = [PATH, OTHER].map((path) => training.paths.ofChoices(path));
    for (let step = 0; step < 6; step++) await training.trainStep(paths[step % 2]!);
    const done: number[] = [];
    const both = await training.evaluate(paths, { onProgress: (count) => done.push(count) });
    expect(done).toEqual([1, 2]);
    expect(await training.evaluate([paths[1]!])).toEqual([both[1]]);
    const estimated = await training.evaluate(paths, { statistics: 'estimated', batches: 2 });
    expect(await training.evaluate([paths[1]!], { statistics: 'estimated', batches: 2 })).toEqual([
      estimated[1],
    ]);
    expect(estimated).not.toEqual(both);
    const [few] = await training.evaluate([paths[0]!], { images: 8 });
    expect((few!.accuracy * 8) % 1).toBe(0);
  });

  it('evaluates as many images of a task as it is asked for, with all labels of each', async () => {
    const images = syntheticImages({ size: 16, images: 80 });
    const work = { space: nasBench201, source: images };
    await using rotation = await open({ images: 80 }, { ...work, task: 'rotation' });
    // Nothing but `none`: the same class for every image, which is right for one of its four rotations.
    const none = rotation.paths.ofNumbers(rotation.paths.decisions.map(() => 0));
    for (const count of [1, 3, 40]) {
      expect((await rotation.evaluate([none], { images: count }))[0]!.accuracy).toBe(0.25);
    }
    const path = rotation.paths.ofNumbers(rotation.paths.decisions.map(() => 2));
    const [all] = await rotation.evaluate([path]);
    expect(await rotation.evaluate([path], { images: 40 })).toEqual([all]);
    expect(await rotation.evaluate([path], { images: 10 })).not.toEqual([all]);

    await using colours = await open({ images: 80 }, { ...work, task: 'colorization-32' });
    const [three] = await colours.evaluate([path], { images: 3 });
    // A share of the pixels of three images.
    const correct = three!.accuracy * 3 * 16 * 16;
    expect(correct).toBeCloseTo(Math.round(correct), 6);
  });

  it('freezes scale and shift of operations alone, where they are not affine', async () => {
    await using training = await open({ affine: false });
    for (let step = 0; step < 4; step++) await training.trainStep(training.paths.ofChoices(OTHER));
    const moved = await training.parameters();
    expect([...(moved.get('1<-0.conv_1x1.bn.weight')!.data as Float32Array)]).toEqual([1, 1, 1, 1]);
    expect([...(moved.get('stem.bn.weight')!.data as Float32Array)]).not.toEqual([1, 1, 1, 1]);
  });

  it.each<[Space]>([[nasBench201], [darts], [dartsFrc]])('opens all cells of a space', async (space) => {
    await using training = await open({ channels: 2, affine: false }, { space });
    const params = operationParams(training.graph);
    for (const [slot, name] of training.graph.slots.entries()) {
      const place = name.slice(name.indexOf('/') + 1, name.lastIndexOf('/'));
      const learns = params[slot]!.filter(({ kind }) => kind === 'convWeight');
      for (const { name } of params[slot]!) expect(name).toContain(`edges.${place}.`);
      const reduces = name.startsWith('reduce') && /<-[01]$/.test(place);
      expect(learns.length > 0, name).toBe(/conv/.test(name) || (/skip/.test(name) && reduces));
    }
    const numbers = training.paths.decisions.map(() => 1);
    const { loss } = await training.trainStep(training.paths.ofNumbers(numbers));
    expect(loss).toBeGreaterThan(0);
    expect(training.graph.nodes[training.graph.output]!.shape[0]).toBe(10);
  });

  it('says what is wrong', async () => {
    await using training = await open();
    expect(() => training.paths.ofChoices({ '1<-0': 'pool' })).toThrow(/choices.1<-0: unknown/);
    expect(() => training.paths.ofChoices({ '3<-0': 'skip' })).toThrow(/choices.3<-0: unknown/);
    const { labels: _, ...unlabelled } = source;
    await expect(open({}, { source: unlabelled })).rejects.toMatchObject({ code: 'LABELS_MISSING' });
    await expect(open({}, { space: smallSpace({ supernet: false }) })).rejects.toMatchObject({
      code: 'SPACE_UNFIT',
    });
    const diverging = await open({ rate: 1e30, finalRate: 1e30, clip: 0 });
    const steps = async () => {
      for (let step = 0; step < 8; step++) await diverging.trainStep(diverging.paths.ofChoices(PATH));
    };
    await expect(steps()).rejects.toMatchObject({ code: 'TRAINING_DIVERGED', field: 'settings.rate' });
    await diverging[Symbol.asyncDispose]();
    const stop = new AbortController();
    await using stopped = await open({}, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(stopped.trainStep(stopped.paths.ofChoices(PATH))).rejects.toThrow('enough');
  });
});
