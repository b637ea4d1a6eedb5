import { openDataset } from '@tenas/data';
import { GraphBuilder } from '@tenas/graph';
import { DARTS_RECIPE, getSpace, NAS_BENCH_201_RECIPE, QUICK_RECIPE } from '@tenas/spaces';
import { type TrainingCheckpoint, type TrainNetworkOptions, trainNetwork } from '@tenas/train';
import { describe, expect, it } from 'vitest';
import { PLAIN, shuffledImages, smallNetwork } from './networks.js';

const SMALL = {
  graph: smallNetwork(),
  training: shuffledImages(70),
  validation: shuffledImages(30),
  recipe: { ...PLAIN, augmentation: QUICK_RECIPE.augmentation },
  epochs: 3,
  seed: 1,
  threads: 2,
} satisfies TrainNetworkOptions;

/** The checkpoints of a training, one per epoch. */
async function checkpointsOf(options: TrainNetworkOptions) {
  const checkpoints: TrainingCheckpoint[] = [];
  const trained = await trainNetwork({
    ...options,
    onCheckpoint: async (checkpoint) => void checkpoints.push(checkpoint),
  });
  return { checkpoints, trained };
}

/** Curves without the times, which differ. */
function curves(epochs: TrainingCheckpoint['epochs']) {
  return epochs.map(({ trainLoss, trainAccuracy, validAccuracy }) => [
    trainLoss,
    trainAccuracy,
    validAccuracy,
  ]);
}

describe('trainNetwork', () => {
  it('learns 32 images by heart in fewer than 200 steps', async () => {
    const space = getSpace('nas-bench-201');
    const training = shuffledImages(32, 32);
    const size = { ...space.sizes.final({ classes: 10, height: 32, width: 32 }), C: 8, N: 1 };
    const { epochs, steps, test } = await trainNetwork({
      graph: space.network(space.parse(space.example), size),
      training,
      test: training,
      recipe: { ...PLAIN, batchSize: 32 },
      epochs: 120,
      seed: 0,
    });
    expect(steps).toBeLessThan(200);
    expect(test).toEqual({ images: 32, correct: 32, accuracy: 1 });
    expect(epochs.at(-1)!.trainAccuracy).toBe(1);
  });

  it('starts at ln 10 where labels say nothing', async () => {
    // The rate of the only epoch is that of its warm-up; the first steps hardly move.
    const recipe = { ...PLAIN, sgd: { ...PLAIN.sgd, rate: 1e-6 } };
    const graph = smallNetwork({ side: 16, channels: 16 });
    const { epochs } = await trainNetwork({
      ...{ graph, training: shuffledImages(1000, 16), recipe, epochs: 1, seed: 0 },
    });
    expect(epochs[0]!.trainLoss).toBeGreaterThan(Math.log(10) - 0.02);
    expect(epochs[0]!.trainLoss).toBeLessThan(Math.log(10) + 0.15);
  });

  it('learns synthetic images, and says so in its curves', async () => {
    const source = await openDataset({ dataset: 'synthetic', images: 600, size: 16 });
    const { epochs, test } = await trainNetwork({
      graph: smallNetwork({ side: 16, channels: 16, classes: source.classes }),
      training: source,
      validation: source,
      test: source,
      recipe: PLAIN,
      epochs: 8,
      seed: 0,
    });
    expect(epochs).toHaveLength(8);
    expect(epochs[7]!.trainLoss).toBeLessThan(0.8 * epochs[0]!.trainLoss);
    expect(epochs.at(-1)!.validAccuracy).toBeGreaterThan(0.5);
    // Nothing happens between the last validation and the test.
    expect(test!.accuracy).toBe(epochs.at(-1)!.validAccuracy);
    for (const { seconds, imagesPerSecond } of epochs) {
      expect(seconds).toBeGreaterThan(0);
      expect(imagesPerSecond).toBeGreaterThan(600 / seconds - 1e-6);
    }
  });

  it('gives the same bits on 1, 2 and 3 threads, other ones for another seed', async () => {
    const one = await trainNetwork({ ...SMALL, threads: 1 });
    for (const threads of [2, 3]) {
      const { weights, epochs } = await trainNetwork({ ...SMALL, threads });
      expect(weights).toEqual(one.weights);
      expect(curves(epochs)).toEqual(curves(one.epochs));
    }
    expect((await trainNetwork({ ...SMALL, seed: 2 })).weights).not.toEqual(one.weights);
  });

  it('goes on to the bit from the checkpoint of any epoch', async () => {
    const { checkpoints, trained } = await checkpointsOf(SMALL);
    expect(checkpoints.map(({ epochs }) => epochs.length)).toEqual([1, 2, 3]);
    for (const from of checkpoints) {
      const resumed = await trainNetwork({ ...SMALL, from });
      expect(resumed.weights).toEqual(trained.weights);
      expect(resumed.parameters).toEqual(trained.parameters);
      expect(resumed.steps).toBe(trained.steps);
      expect(curves(resumed.epochs)).toEqual(curves(trained.epochs));
      expect(resumed.epochs.slice(0, from.epochs.length)).toEqual(from.epochs);
    }
  });

  it('keeps what is done where its signal stops it, and goes on to the bit', async () => {
    const whole = await trainNetwork(SMALL);
    const stops: string[] = [];
    let from: TrainingCheckpoint | undefined;
    // 3 epochs of 5 steps; every run does 2 steps and is stopped in the next.
    for (let run = 0; run < 20; run++) {
      const controller = new AbortController();
      let reports = 0;
      const trained = await trainNetwork({
        ...SMALL,
        from,
        signal: controller.signal,
        onCheckpoint: async (checkpoint) => {
          from = checkpoint;
        },
        onProgress: () => {
          if (++reports === 2) controller.abort(new Error('enough'));
        },
      }).catch((error: Error) => {
        expect(error.message).toBe('enough');
        return null;
      });
      if (trained !== null) {
        expect(trained.weights).toEqual(whole.weights);
        expect(curves(trained.epochs)).toEqual(curves(whole.epochs));
        break;
      }
      stops.push(`${from!.epochs.length}.${from!.underWay.steps}`);
    }
    expect(new Set(stops).size).toBe(stops.length);
    expect(stops.length).toBeGreaterThan(5);
    expect(stops.some((stop) => !stop.endsWith('.0'))).toBe(true);
  });

  it('refuses to go on with other settings, by name', async () => {
    const about = { architecture: 'a' };
    const { checkpoints } = await checkpointsOf({ ...SMALL, epochs: 1, about });
    const from = checkpoints[0]!;
    const base = { ...SMALL, epochs: 1, about, from };
    const wrong: [string, Partial<TrainNetworkOptions>][] = [
      ['architecture', { about: { architecture: 'b' } }],
      ['network', { graph: smallNetwork({ channels: 4 }) }],
      ['images', { training: shuffledImages(71) }],
      ['epochs', { epochs: 2 }],
      ['batchSize', { batchSize: 8 }],
      ['seed', { seed: 2 }],
      ['sgd.rate', { recipe: { ...SMALL.recipe, sgd: { ...SMALL.recipe.sgd, rate: 0.2 } } }],
      ['recipe', { recipe: NAS_BENCH_201_RECIPE, batchSize: 16 }],
    ];
    for (const [field, change] of wrong) {
      await expect(trainNetwork({ ...base, ...change })).rejects.toMatchObject({
        code: 'RESUME_MISMATCH',
        field,
      });
    }
  });

  it('stops where the loss is not finite or stays above guessing, and says what to change', async () => {
    const wild = (rate: number, clip: number) => ({
      ...{ ...PLAIN, name: 'wild', clip, sgd: { ...PLAIN.sgd, rate, nesterov: false } },
      cosine: { warmUpEpochs: 0, per: 'step' as const },
    });
    const infinite = trainNetwork({ ...SMALL, recipe: wild(1e30, 0), epochs: 5 });
    await expect(infinite).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      field: 'recipe',
      value: 'wild',
      message: expect.stringMatching(/epoch 1, .*lower learning rate.*warm-up of 2 epochs.*clipped at 5/),
      calmer: { rate: 2e29, warmUpEpochs: 2, clip: 5 },
    });
    const high = trainNetwork({ ...SMALL, recipe: wild(20, 0), epochs: 60 });
    await expect(high).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      message: expect.stringContaining('guessing among 10 classes has 2.303'),
    });
  });

  it('says what of a recipe it leaves out', async () => {
    const options = { ...SMALL, epochs: 1 };
    expect((await trainNetwork(options)).notes).toEqual([]);
    const { notes } = await trainNetwork({ ...options, recipe: { ...DARTS_RECIPE, batchSize: 16 } });
    expect(notes).toEqual([
      expect.stringContaining('drop path 0.2'),
      expect.stringContaining('auxiliary head (weight 0.4)'),
    ]);
  });

  it('refuses images that do not fit the network, a map as its output, and numbers that are none', async () => {
    const maps = new GraphBuilder();
    const map = maps.build(maps.relu(maps.input([3, 8, 8])));
    const wrong: [string, string, Partial<TrainNetworkOptions>][] = [
      ['SETTING_INVALID', 'graph', { graph: map }],
      ['SETTING_INVALID', 'training', { training: shuffledImages(10, 16) }],
      ['SETTING_INVALID', 'validation', { validation: { ...shuffledImages(10), classes: 3 } }],
      ['LABELS_MISSING', 'dataset', { test: { ...shuffledImages(10), labels: undefined } }],
      ['SETTING_INVALID', 'epochs', { epochs: 0 }],
      ['SETTING_INVALID', 'batchSize', { batchSize: 1.5 }],
      ['SETTING_INVALID', 'seed', { seed: -1 }],
    ];
    for (const [code, field, change] of wrong) {
      await expect(trainNetwork({ ...SMALL, ...change })).rejects.toMatchObject({ code, field });
    }
  });
});
