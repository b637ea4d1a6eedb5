import { learningTask, outputsFor, sampleShape, syntheticImages, withTask } from '@tenas/data';
import { withPixelHead } from '@tenas/graph';
import { Program } from '@tenas/native';
import { QUICK_RECIPE } from '@tenas/spaces';
import { type BriefTrainingOptions, trainBriefly, trainNetwork } from '@tenas/train';
import { describe, expect, it } from 'vitest';
import { PLAIN, shuffledImages, smallNetwork } from './networks.js';

const graph = smallNetwork();
const recipe = { ...PLAIN, augmentation: QUICK_RECIPE.augmentation };
const training = shuffledImages(70);
const validation = shuffledImages(30);

async function brief(given: Partial<BriefTrainingOptions> = {}) {
  using program = Program.compile(graph);
  return await trainBriefly({
    ...{ program, training, validation, recipe, epochs: 2, batchSize: 16, seed: 1, threads: 1 },
    weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' },
    ...given,
  });
}

/** Images of 16x16 pixels with stripes of four pixels at random places: bright ones are orange, dark ones blue. */
async function stripes(indices: readonly number[]): Promise<Uint8Array[]> {
  const [orange, blue] = [
    [250, 180, 90],
    [20, 40, 150],
  ];
  return indices.map((index) =>
    Uint8Array.from({ length: 3 * 256 }, (_, place) => {
      const bright = (((place % 16) + index * 3) >> 2) % 2 === 0;
      return (bright ? orange : blue)[place >> 8]!;
    }),
  );
}

/** Images of 16x16 pixels whose quarters have waves of their own, at random places. */
async function quarters(indices: readonly number[]): Promise<Uint8Array[]> {
  return indices.map((index) =>
    Uint8Array.from({ length: 3 * 256 }, (_, place) => {
      const [y, x] = [(place >> 4) % 16, place % 16];
      return (
        128 + 60 * (Math.sin(index + x * (x < 8 ? 0.8 : 2.4)) + Math.sin(index * 7 + y * (y < 8 ? 0.4 : 1.5)))
      );
    }),
  );
}

describe('trainBriefly', () => {
  it('has the losses and the accuracy of a whole training with the same settings', async () => {
    const whole = await trainNetwork({
      ...{ graph, training, test: validation, recipe, epochs: 2, batchSize: 16, seed: 1 },
    });
    expect(await brief()).toEqual({
      losses: whole.epochs.map(({ trainLoss }) => trainLoss),
      diverged: false,
      validation: whole.test,
    });
  });

  it('has the same bits on one, two and three threads', async () => {
    const one = await brief();
    for (const threads of [2, 3]) expect(await brief({ threads })).toEqual(one);
  });

  it('classifies nothing where there is nothing to classify, and trains alike', async () => {
    expect(await brief({ validation: undefined })).toEqual({ ...(await brief()), validation: null });
  });

  it('says that a training diverged, and keeps the losses before', async () => {
    const wild = { ...recipe, clip: 0, sgd: { ...recipe.sgd, rate: 1e30 } };
    const { losses, diverged, validation: classified } = await brief({ recipe: wild });
    expect(diverged).toBe(true);
    expect(classified).toBeNull();
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  it('does not mind a network that learns nothing', async () => {
    const still = { ...recipe, sgd: { ...recipe.sgd, rate: 0 } };
    const { losses, diverged } = await brief({ recipe: still, epochs: 30 });
    expect(diverged).toBe(false);
    for (const loss of losses) expect(Math.abs(loss - Math.log(10))).toBeLessThan(0.5);
  });

  it('learns what can be learned', async () => {
    const source = syntheticImages({ size: 8, classes: 10, images: 500 });
    const { losses, validation: classified } = await brief({
      training: source,
      validation: source,
      epochs: 10,
    });
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.3);
    expect(classified!.accuracy).toBeGreaterThan(0.25);
  });

  it('stops with the signal’s reason', async () => {
    const stop = new AbortController();
    const running = brief({ epochs: 100_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 30);
    await expect(running).rejects.toThrow('enough');
    await expect(brief({ signal: stop.signal })).rejects.toThrow('enough');
  });

  it('learns tasks without labels better than guessing', async () => {
    const plain = { ...shuffledImages(300, 16), labels: undefined, read: quarters };
    for (const [name, side] of [
      ['rotation', 16],
      ['jigsaw', 6],
    ] as const) {
      const source = withTask(plain, learningTask(name, plain)!);
      using program = Program.compile(smallNetwork({ side, classes: outputsFor(source) }));
      const { losses, validation: judged } = await brief({
        ...{ program, training: source, validation: source, epochs: 6, recipe: PLAIN },
      });
      expect(losses.at(-1)).toBeLessThan(Math.log(source.classes) * 0.95);
      expect(judged!.accuracy).toBeGreaterThan(1.3 / source.classes);
      expect(judged!.images).toBe(300);
    }
  });

  it.each(['colorization', 'colorization-32'] as const)(
    'learns %s, and nothing from shuffled targets',
    async (name) => {
      const plain = { ...shuffledImages(60, 16), labels: undefined, read: stripes };
      const source = withTask(plain, learningTask(name, plain)!);
      const network = smallNetwork({ side: 16, classes: source.classes, inputs: sampleShape(source)[0] });
      using program = Program.compile(withPixelHead(network, source.task.labelled));
      const [learned, control] = await Promise.all(
        [false, true].map((shuffleTargets) =>
          brief({
            ...{ program, training: source, validation: source, epochs: 8, recipe: PLAIN, shuffleTargets },
            preciseStatistics: 60,
          }),
        ),
      );
      expect(learned!.validation).toMatchObject({
        images: 60,
        correct: learned!.validation!.accuracy * 60 * 256,
      });
      expect(learned!.validation!.accuracy).toBeGreaterThan(0.9);
      // Two colours, as often as each other: a guess has the loss log 2.
      expect(learned!.losses.at(-1)).toBeLessThan(0.3);
      expect(control!.losses.at(-1)).toBeGreaterThan(0.65);
    },
  );
});
