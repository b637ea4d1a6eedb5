import {
  epochBatches,
  evaluationBatches,
  learningTask,
  openDataset,
  sampleShape,
  withTask,
} from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { FEW_CENTRES, GRID_CENTRES, nearestCentre } from '../src/learning-task/colour-centres.js';
import { labColour } from '../src/learning-task/lab-colour.js';
import { numbered } from './support/made-images.js';
import { CIFAR10, CIFAR10_ABSENT } from './support/reference-data.js';

const SIDE = 8;
const PIXELS = SIDE * SIDE;
const source = numbered(SIDE, 5);
const coloured = withTask(source, learningTask('colorization', source)!);
const augmentation = { padding: 2, flip: true, cutout: 4 };

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const found = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

describe('L*a*b*', () => {
  it.each([
    ['red', [255, 0, 0], [53.241, 80.092, 67.203]],
    ['green', [0, 255, 0], [87.735, -86.183, 83.179]],
    ['blue', [0, 0, 255], [32.297, 79.188, -107.86]],
    ['yellow', [255, 255, 0], [97.139, -21.554, 94.478]],
    ['white', [255, 255, 255], [100, 0, 0]],
    ['grey', [128, 128, 128], [53.585, 0, 0]],
    ['nearly black', [5, 5, 5], [1.371, 0, 0]],
    ['black', [0, 0, 0], [0, 0, 0]],
  ] as const)('of %s is the known one', (_name, [red, green, blue], expected) => {
    for (const [place, value] of labColour(red, green, blue).entries()) {
      expect(Math.abs(value - expected[place]!)).toBeLessThan(0.01);
    }
  });
});

describe('centres', () => {
  it('are the published 313, on a grid of 10', () => {
    expect(GRID_CENTRES).toHaveLength(313);
    expect(GRID_CENTRES.slice(0, 6)).toEqual([
      [-90, 50],
      [-90, 60],
      [-90, 70],
      [-90, 80],
      [-90, 90],
      [-80, 20],
    ]);
    expect(GRID_CENTRES.at(-1)).toEqual([100, 0]);
    expect(new Set(GRID_CENTRES.map(String)).size).toBe(313);
  });

  it.each([
    ['313', GRID_CENTRES],
    ['32', FEW_CENTRES],
  ])('of %s the nearest one is found for every colour', (_name, centres) => {
    const nearest = nearestCentre(centres);
    const distance = (place: number, a: number, b: number) =>
      Math.hypot(centres[place]![0] - a, centres[place]![1] - b);
    for (let a = -120; a <= 120; a += 3.7) {
      for (let b = -120; b <= 120; b += 4.1) {
        const least = Math.min(...centres.map((_, place) => distance(place, a, b)));
        expect(distance(nearest(a, b), a, b)).toBeCloseTo(least, 9);
      }
    }
    for (const [place, [a, b]] of centres.entries()) expect(nearest(a, b)).toBe(place);
  });

  it.skipIf(CIFAR10_ABSENT !== '')(
    `of the 32 each is the mean of the colours of CIFAR-10 that are nearest to it${CIFAR10_ABSENT}`,
    async () => {
      const cifar = await openDataset({ dataset: 'cifar10', data: CIFAR10, images: 'all' });
      const nearest = nearestCentre(FEW_CENTRES);
      const sums = FEW_CENTRES.map(() => ({ count: 0, a: 0, b: 0 }));
      for (const pixels of await cifar.read(Array.from({ length: 1000 }, (_, place) => 10 * place))) {
        for (let pixel = 0; pixel < 1024; pixel++) {
          const [, a, b] = labColour(pixels[pixel]!, pixels[1024 + pixel]!, pixels[2048 + pixel]!);
          const sum = sums[nearest(a, b)]!;
          sum.count++;
          sum.a += a;
          sum.b += b;
        }
      }
      for (const [place, { count, a, b }] of sums.entries()) {
        const [ofA, ofB] = FEW_CENTRES[place]!;
        expect(Math.hypot(a / count - ofA, b / count - ofB)).toBeLessThan(0.5);
      }
    },
  );
});

describe('colorization', () => {
  it('shows the lightness of each image, and asks for the centre of each pixel', async () => {
    expect(sampleShape(coloured)).toEqual([1, SIDE, SIDE]);
    expect(coloured.classes).toBe(313);
    const [batch] = await all(evaluationBatches(coloured, { batchSize: 5 }));
    expect(batch!.images).toHaveLength(5 * PIXELS);
    expect(batch!.labels).toHaveLength(5 * PIXELS);
    const [mean, std] = [source.mean, source.std].map((of) => (of[0] + of[1] + of[2]) / 3);
    for (const [n, pixels] of (await source.read([0, 1, 2, 3, 4])).entries()) {
      for (let pixel = 0; pixel < PIXELS; pixel++) {
        const [red, green, blue] = [0, 1, 2].map((channel) => pixels[channel * PIXELS + pixel]!);
        const [lightness, a, b] = labColour(red!, green!, blue!);
        const place = n * PIXELS + pixel;
        expect(batch!.images[place]).toBeCloseTo((2.55 * lightness - mean!) / std!, 4);
        expect(batch!.labels[place]).toBe(nearestCentre(GRID_CENTRES)(a, b));
      }
    }
  });

  it('flips image and labels together, and neither crops nor cuts out', async () => {
    const epoch = async (flip: boolean) =>
      (
        await all(
          epochBatches(coloured, {
            ...{ batchSize: 5, seed: 1, epoch: 0 },
            augmentation: { ...augmentation, flip },
          }),
        )
      )[0]!;
    const [plain, flipped] = [await epoch(false), await epoch(true)];
    const mirrored = <T extends Float32Array | Int32Array>(values: T, n: number) =>
      Array.from({ length: PIXELS }, (_, place) => {
        const x = place % SIDE;
        return values[n * PIXELS + place - x + (SIDE - 1 - x)];
      });
    let turned = 0;
    for (let n = 0; n < 5; n++) {
      const own = flipped.images.slice(n * PIXELS, (n + 1) * PIXELS);
      const labels = flipped.labels.slice(n * PIXELS, (n + 1) * PIXELS);
      const asItIs = plain.images.slice(n * PIXELS, (n + 1) * PIXELS);
      if (own.every((value, place) => value === asItIs[place])) {
        expect(labels).toEqual(plain.labels.slice(n * PIXELS, (n + 1) * PIXELS));
        continue;
      }
      turned++;
      expect([...own]).toEqual(mirrored(plain.images, n));
      expect([...labels]).toEqual(mirrored(plain.labels, n));
    }
    expect(turned).toBeGreaterThan(0);
    expect(turned).toBeLessThan(5);
  });

  it('has controls with the same labels in other places', async () => {
    const options = { batchSize: 5, seed: 1, epoch: 0, augmentation };
    const [plain] = await all(epochBatches(coloured, options));
    const [control] = await all(epochBatches(coloured, { ...options, shuffleTargets: true }));
    expect(control!.images).toEqual(plain!.images);
    expect(control!.labels).not.toEqual(plain!.labels);
    expect(control!.labels.toSorted()).toEqual(plain!.labels.toSorted());
  });
});
