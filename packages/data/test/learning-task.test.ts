import { RandomStream } from '@tenas/base';
import {
  type EpochOptions,
  epochBatches,
  evaluationBatches,
  type ImageSource,
  learningTask,
  outputsFor,
  shrinksTo,
  shrunkImages,
  withTask,
} from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { allPermutations, distantPermutations } from '../src/learning-task/permutations.js';
import { numbered } from './support/made-images.js';

const SIDE = 16;
const SAMPLE = 3 * SIDE * SIDE;
const ALL = { padding: 2, flip: true, cutout: 8 };
const source = numbered(SIDE, 11);
const rotated = withTask(source, learningTask('rotation', source)!);

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const found = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

const epoch = (of: ImageSource, given: Partial<EpochOptions> = {}) =>
  all(epochBatches(of, { batchSize: 4, seed: 2, epoch: 3, augmentation: ALL, ...given }));

/** A quarter turn to the left, as numpy.rot90: [y][x] becomes [side - 1 - x][y]. */
function turned(image: Float32Array): Float32Array {
  const result = new Float32Array(image.length);
  for (const [place, value] of image.entries()) {
    const x = place % SIDE;
    const y = Math.floor(place / SIDE) % SIDE;
    const channel = Math.floor(place / (SIDE * SIDE));
    result[(channel * SIDE + (SIDE - 1 - x)) * SIDE + y] = value;
  }
  return result;
}

describe('rotation', () => {
  it('has all four rotations of each image of a batch, after the ordinary augmentation', async () => {
    const plain = await epoch(source);
    const task = await epoch(rotated);
    expect(task.map(({ labels }) => labels.length)).toEqual([16, 16, 12]);
    for (const [place, { images, labels }] of task.entries()) {
      const count = labels.length / 4;
      expect([...labels]).toEqual(Array.from({ length: count }, () => [0, 1, 2, 3]).flat());
      for (let n = 0; n < count; n++) {
        let expected: Float32Array = plain[place]!.images.slice(n * SAMPLE, (n + 1) * SAMPLE);
        for (let turn = 0; turn < 4; turn++) {
          const sample = images.subarray((4 * n + turn) * SAMPLE, (4 * n + turn + 1) * SAMPLE);
          expect(sample).toEqual(expected);
          expected = turned(expected);
        }
      }
    }
  });

  it('may begin an epoch at any batch, and evaluates every image in four rotations', async () => {
    expect(await epoch(rotated, { first: 1 })).toEqual((await epoch(rotated)).slice(1));
    const batches = await all(evaluationBatches(rotated, { batchSize: 8 }));
    const plain = await all(evaluationBatches(source, { batchSize: 8 }));
    expect(batches.map(({ labels }) => labels.length)).toEqual([32, 12]);
    expect(batches[0]!.images.subarray(0, SAMPLE)).toEqual(plain[0]!.images.subarray(0, SAMPLE));
    expect(rotated).toMatchObject({ classes: 4, size: 11, classNames: ['0°', '90°', '180°', '270°'] });
    expect(rotated.fingerprint).not.toBe(source.fingerprint);
  });

  it('needs no labels, but square images', async () => {
    const bare = { ...source, labels: undefined };
    const batches = await epoch(withTask(bare, learningTask('rotation', bare)!));
    expect(batches).toEqual(await epoch(rotated));
    expect(() => learningTask('rotation', { ...source, width: 8 })).toThrow(
      'labels for images of 16x8: only square ones can be rotated',
    );
    expect(learningTask('labels', source)).toBeUndefined();
  });
});

/** Pearson's correlation. Channels of a grey image differ by the mean and deviation they are normalised with. */
function correlation(x: Float32Array, y: Float32Array): number {
  const centred = (values: Float32Array) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [a, b] = [centred(x), centred(y)];
  const product = (one: Float32Array, other: Float32Array) =>
    one.reduce((sum, value, place) => sum + value * other[place]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describe('jigsaw', () => {
  const SIDE32 = 32;
  const images = numbered(SIDE32, 8);
  const puzzles = withTask(images, learningTask('jigsaw', images)!);
  const tile = 3 * 12 * 12;

  it('has tiles of 12 pixels, each normalised, and one of 24 orders per image', async () => {
    const [batch] = await epoch(puzzles, { batchSize: 8 });
    expect(puzzles).toMatchObject({ classes: 24, task: { tiles: 4, shape: [3, 12, 12] } });
    expect(outputsFor(puzzles)).toBe(96);
    expect(batch!.labels).toHaveLength(8);
    expect(batch!.images).toHaveLength(8 * 4 * tile);
    for (let place = 0; place < 8 * 4; place++) {
      const values = batch!.images.subarray(place * tile, (place + 1) * tile);
      const mean = values.reduce((sum, value) => sum + value, 0) / tile;
      const square = values.reduce((sum, value) => sum + value * value, 0) / tile;
      expect(Math.abs(mean)).toBeLessThan(1e-5);
      expect(Math.abs(square - 1)).toBeLessThan(1e-4);
    }
  });

  it('keeps the colour of a tile: its channels are normalised together, as in the published code', () => {
    const image = Float32Array.from({ length: 3 * 1024 }, (_, place) => {
      const channel = place >> 10;
      return channel + 0.1 * Math.sin(place);
    });
    const target = { images: new Float32Array(4 * tile), labels: new Int32Array(1) };
    puzzles.task.fill(image, new RandomStream('colour', 0), target, false);
    const means = [0, 1, 2].map((channel) => {
      const values = target.images.subarray(channel * 144, (channel + 1) * 144);
      return values.reduce((sum, value) => sum + value, 0) / 144;
    });
    // Channels at 0, 1 and 2: their deviation is the root of 2/3.
    for (const [channel, mean] of means.entries())
      expect(Math.abs(mean - (channel - 1) * Math.sqrt(1.5))).toBeLessThan(0.02);
  });

  it('places tiles as their label says', () => {
    // A ramp of its own in each quarter, which normalisation keeps: its direction names the quarter.
    const ramps: readonly ((y: number, x: number) => number)[] = [
      (y) => y,
      (y) => -y,
      (_, x) => x,
      (_, x) => -x,
    ];
    const image = Float32Array.from({ length: 3 * 1024 }, (_, place) => {
      const [y, x] = [Math.floor((place % 1024) / 32), place % 32];
      return ramps[2 * Math.floor(y / 16) + Math.floor(x / 16)]!(y, x);
    });
    const seen = new Set<string>();
    for (let n = 0; n < 300; n++) {
      const target = { images: new Float32Array(4 * tile), labels: new Int32Array(1) };
      puzzles.task.fill(image, new RandomStream('puzzle', n), target, false);
      const order = [0, 1, 2, 3].map((place) => {
        const at = (y: number, x: number) => target.images[place * tile + 12 * y + x]!;
        if (Math.abs(at(11, 0) - at(0, 0)) > 1e-3) return at(11, 0) > at(0, 0) ? 0 : 1;
        return at(0, 11) > at(0, 0) ? 2 : 3;
      });
      expect(new Set(order).size).toBe(4);
      seen.add(`${target.labels[0]}: ${order}`);
    }
    // One order per label, and all of them come.
    expect(seen.size).toBe(24);
  });

  it('makes some training images grey, and none to judge by', () => {
    const image = Float32Array.from({ length: 3 * 1024 }, (_, place) =>
      Math.sin(place * (1 + (place >> 10))),
    );
    const greys = (training: boolean) =>
      Array.from({ length: 400 }, (_, n) => {
        const target = { images: new Float32Array(4 * tile), labels: new Int32Array(1) };
        puzzles.task.fill(image, new RandomStream('grey', n), target, training);
        return correlation(target.images.subarray(0, 144), target.images.subarray(144, 288)) > 0.9999;
      }).filter(Boolean).length;
    expect(greys(false)).toBe(0);
    // 120 of 400 at 30 %, give or take four standard deviations.
    expect(Math.abs(greys(true) - 120)).toBeLessThan(37);
  });

  it('tells apart 1,000 orders of nine tiles that differ in many places', () => {
    const large = learningTask('jigsaw-3x3', { ...images, height: 255, width: 255 })!;
    expect(large).toMatchObject({ classes: 1000, tiles: 9, samples: 9, shape: [3, 64, 64] });
    const orders = distantPermutations(9, 1000);
    expect(new Set(orders.map(String)).size).toBe(1000);
    let smallest = 9;
    for (const [place, one] of orders.entries()) {
      expect([...one].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      for (const other of orders.slice(0, place)) {
        smallest = Math.min(smallest, one.filter((thing, at) => thing !== other[at]).length);
      }
    }
    // Random orders have pairs that differ in two or three places.
    expect(smallest).toBeGreaterThanOrEqual(4);
    expect(allPermutations(4).map(String)).toContain('3,1,0,2');
    expect(new Set(allPermutations(4).map(String)).size).toBe(24);
  });

  it('refuses images that are too small for its tiles', () => {
    const small = { ...images, height: 8, width: 8 };
    expect(() => learningTask('jigsaw', small)).toThrow(
      'another for images of 8x8: it needs 12 pixels each way',
    );
  });
});

describe('shuffled targets', () => {
  it('are the targets of the batch in another order, and the images stay', async () => {
    const plain = await epoch(source);
    const control = await epoch(source, { shuffleTargets: true });
    expect(control.map(({ images }) => images)).toEqual(plain.map(({ images }) => images));
    const sorted = (batches: typeof plain) => batches.map(({ labels }) => [...labels].sort());
    expect(sorted(control)).toEqual(sorted(plain));
    expect(control).not.toEqual(plain);
    expect(await epoch(source, { shuffleTargets: true, first: 1 })).toEqual(control.slice(1));
  });
});

describe('shrunkImages', () => {
  it('has the mean of each square of pixels', async () => {
    const small = shrunkImages(source, 8);
    const [[image], [whole]] = [await small.read([5]), await source.read([5])];
    expect(small).toMatchObject({ height: 8, width: 8, size: 11 });
    for (let place = 0; place < 3 * 64; place++) {
      const [channel, y, x] = [place >> 6, (place >> 3) % 8, place % 8];
      let sum = 0;
      for (const [dy, dx] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const)
        sum += whole![(channel * SIDE + 2 * y + dy) * SIDE + 2 * x + dx]!;
      expect(image![place]).toBe(Math.round(sum / 4));
    }
    expect([8, SIDE, 6, 32, null].map((side) => shrinksTo(source, side))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(shrinksTo({ height: 16, width: 32 }, 8)).toBe(false);
    expect(shrunkImages(source, SIDE)).toBe(source);
    expect(() => shrunkImages(source, 6)).toThrow('side must be a whole part of 16x16');
  });
});
