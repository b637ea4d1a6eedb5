import {
  type Augmentation,
  batchesPerEpoch,
  type EpochOptions,
  epochBatches,
  type ImageSource,
} from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { numbered, numberedPixels } from './support/made-images.js';

const SIDE = 16;
const PLANE = SIDE * SIDE;
const NONE: Augmentation = { padding: 0, flip: false, cutout: 0 };
const ALL: Augmentation = { padding: 2, flip: true, cutout: 8 };

async function batchesIn(source: ImageSource, options: Partial<EpochOptions>) {
  const batches = [];
  const settings = { batchSize: 4, seed: 0, epoch: 0, augmentation: NONE, ...options };
  for await (const batch of epochBatches(source, settings)) batches.push(batch);
  return batches;
}

/** Image `index` of a numbered source, normalised. */
function normalised(source: ImageSource, index: number): Float32Array {
  return Float32Array.from(numberedPixels(index, SIDE), (pixel, place) => {
    const channel = Math.floor(place / PLANE);
    return (pixel - source.mean[channel]!) * (1 / source.std[channel]!);
  });
}

/** The images of an epoch one by one, [3, 16, 16]. */
async function imagesIn(source: ImageSource, options: Partial<EpochOptions>): Promise<Float32Array[]> {
  const batches = await batchesIn(source, options);
  return batches.flatMap(({ images, labels }) =>
    [...labels.keys()].map((n) => images.subarray(n * 3 * PLANE, (n + 1) * 3 * PLANE)),
  );
}

describe('epochBatches', () => {
  it('gives every image once per epoch with its label, in another order each epoch, the last batch short', async () => {
    const source = numbered(SIDE, 11);
    const known = Array.from({ length: 11 }, (_, index) => normalised(source, index).join());
    const orders = [];
    for (const epoch of [0, 1]) {
      const batches = await batchesIn(source, { epoch });
      expect(batches.map(({ labels }) => labels.length)).toEqual([4, 4, 3]);
      const images = await imagesIn(source, { epoch });
      const order = images.map((image) => known.indexOf(image.join()));
      expect(order.toSorted((a, b) => a - b)).toEqual([...known.keys()]);
      expect(batches.flatMap(({ labels }) => [...labels])).toEqual(order.map((index) => index % 7));
      orders.push(order.join());
    }
    expect(new Set(orders).size).toBe(2);
    expect(batchesPerEpoch(source, 4)).toBe(3);
  });

  it('depends on (seed, epoch, index) alone: an epoch may begin at any batch', async () => {
    const source = numbered(SIDE, 11);
    const options = { seed: 3, epoch: 5, augmentation: ALL };
    const whole = await batchesIn(source, options);
    expect(await batchesIn(source, options)).toEqual(whole);
    for (const first of [1, 2, 3]) {
      expect(await batchesIn(source, { ...options, first })).toEqual(whole.slice(first));
    }
    expect(await batchesIn(source, { ...options, seed: 4 })).not.toEqual(whole);
    // Other batches, the same images.
    expect(await imagesIn(source, { ...options, batchSize: 7 })).toEqual(await imagesIn(source, options));
  });

  it('crops after padding with black, flips, and both as often as they should', async () => {
    const source = numbered(SIDE, 200);
    const plain = await imagesIn(source, {});
    const changed = await imagesIn(source, { augmentation: { padding: 2, flip: true, cutout: 0 } });
    const seen = new Map<string, number>();
    for (const [n, image] of changed.entries()) {
      const found = variants(source, plain[n]!).find(({ pixels }) => pixels.join() === image.join());
      expect(found).toBeDefined();
      seen.set(found!.name, (seen.get(found!.name) ?? 0) + 1);
    }
    const flipped = [...seen].reduce((sum, [name, count]) => sum + (name.endsWith('true') ? count : 0), 0);
    expect(flipped).toBeGreaterThan(75);
    expect(flipped).toBeLessThan(125);
    // 25 crops, each with and without a flip: 200 images miss few of the 50.
    expect(seen.size).toBeGreaterThan(42);
  });

  it('cuts out a square, clipped at the edges, that is 0 after normalisation in all channels', async () => {
    // No pixel is 0 by itself.
    const source: ImageSource = { ...numbered(SIDE, 100), mean: [100.5, 110.5, 120.5] };
    const plain = await imagesIn(source, {});
    const areas = new Set<number>();
    for (const [n, image] of (await imagesIn(source, { augmentation: { ...NONE, cutout: 8 } })).entries()) {
      const cut = [...image.keys()].filter((place) => image[place] !== plain[n]![place]);
      expect(cut.every((place) => image[place] === 0)).toBe(true);
      const rows = cut.map((place) => Math.floor((place % PLANE) / SIDE));
      const columns = cut.map((place) => place % SIDE);
      const extent = (places: number[]) => Math.max(...places) - Math.min(...places) + 1;
      expect(cut).toHaveLength(3 * extent(rows) * extent(columns));
      expect(extent(rows)).toBeLessThanOrEqual(8);
      expect(extent(columns)).toBeLessThanOrEqual(8);
      areas.add(cut.length / 3);
    }
    expect(areas.has(64)).toBe(true);
    expect(Math.min(...areas)).toBeLessThan(64);
  });

  it('draws for each setting whether or not others are on', async () => {
    const source = numbered(SIDE, 50);
    const cropped = await imagesIn(source, { augmentation: { padding: 2, flip: false, cutout: 0 } });
    const all = await imagesIn(source, { augmentation: { padding: 2, flip: true, cutout: 0 } });
    const same = cropped.filter((image, n) => image.join() === all[n]!.join());
    expect(same.length).toBeGreaterThan(15);
    expect(same.length).toBeLessThan(35);
  });

  it('stops when aborted and refuses wrong options and images without labels at once', async () => {
    const source = numbered(SIDE, 12);
    const controller = new AbortController();
    const settings = { batchSize: 5, seed: 0, epoch: 0, augmentation: NONE };
    const batches = epochBatches(source, { ...settings, signal: controller.signal });
    await batches.next();
    controller.abort(new Error('enough'));
    await expect(batches.next()).rejects.toThrow('enough');
    const wrong: [Partial<EpochOptions>, string][] = [
      [{ batchSize: 0 }, 'batchSize'],
      [{ seed: -1 }, 'seed'],
      [{ epoch: 0.5 }, 'epoch'],
      [{ first: 4 }, 'first'],
      [{ augmentation: { ...NONE, padding: -1 } }, 'augmentation.padding'],
      [{ augmentation: { ...NONE, cutout: 33 } }, 'augmentation.cutout'],
    ];
    for (const [change, field] of wrong) {
      expect(() => epochBatches(source, { ...settings, ...change })).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID', field }),
      );
    }
    expect(() => epochBatches({ ...source, labels: undefined }, settings)).toThrow(
      expect.objectContaining({ code: 'LABELS_MISSING' }),
    );
  });
});

/** An image, [3, 16, 16], in all 50 ways to crop it after padding by 2 and to flip it. */
function variants(source: ImageSource, image: Float32Array) {
  const all: { name: string; pixels: Float32Array }[] = [];
  for (let top = -2; top <= 2; top++) {
    for (let left = -2; left <= 2; left++) {
      for (const flip of [false, true]) {
        const pixels = Float32Array.from({ length: 3 * PLANE }, (_, place) => {
          const channel = Math.floor(place / PLANE);
          const row = Math.floor((place % PLANE) / SIDE) + top;
          const column = (flip ? SIDE - 1 - (place % SIDE) : place % SIDE) + left;
          const onImage = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
          const black = (0 - source.mean[channel]!) * (1 / source.std[channel]!);
          return onImage ? image[channel * PLANE + row * SIDE + column]! : black;
        });
        all.push({ name: `${top},${left},${flip}`, pixels });
      }
    }
  }
  return all;
}
