import { type ImageSource, NORMALISATION, openDataset, syntheticImages, trainingBatch } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { digest, numbered, telling } from './support/made-images.js';
import { CIFAR10, CIFAR10_ABSENT } from './support/reference-data.js';

describe('trainingBatch', () => {
  it('is a function of seed and repeat', async () => {
    const source = syntheticImages();
    const draw = async (seed: number, repeat: number) => [
      ...(await trainingBatch(source, { batchSize: 4, seed, repeat })).images,
    ];
    expect(await draw(1, 0)).toEqual(await draw(1, 0));
    expect(await draw(1, 1)).not.toEqual(await draw(1, 0));
    expect(await draw(2, 0)).not.toEqual(await draw(1, 0));
  });

  it.each([
    [32, 4],
    [16, 2],
  ])('crops images of side %i out of a zero border of %i, and flips about half', async (side, border) => {
    const source = telling(side);
    const batchSize = 400;
    const { images: batch } = await trainingBatch(source, { batchSize, seed: 3, repeat: 0 });
    const [image] = await source.read([0]);
    const seen = new Map<string, number>();
    let flips = 0;
    for (let n = 0; n < batchSize; n++) {
      // Every image must be exactly one of the (2 border + 1)^2 crops, plain or flipped.
      const matches: [number, number, boolean][] = [];
      for (let top = -border; top <= border; top++) {
        for (let left = -border; left <= border; left++) {
          for (const flip of [false, true]) {
            let same = true;
            for (let c = 0; same && c < 3; c++) {
              for (let y = 0; same && y < side; y += 3) {
                for (let x = 0; same && x < side; x++) {
                  const [row, column] = [y + top, x + left];
                  const inside = row >= 0 && row < side && column >= 0 && column < side;
                  const pixel = inside
                    ? image![(c * side + row) * side + (flip ? side - 1 - column : column)]!
                    : 0;
                  same =
                    Math.abs(
                      batch[((n * 3 + c) * side + y) * side + x]! -
                        (pixel - source.mean[c]!) / source.std[c]!,
                    ) < 1e-5;
                }
              }
            }
            if (same) matches.push([top, left, flip]);
          }
        }
      }
      expect(matches).toHaveLength(1);
      const [top, left, flip] = matches[0]!;
      seen.set(`${top},${left}`, 1);
      flips += flip ? 1 : 0;
    }
    expect(seen.size).toBeGreaterThan((2 * border + 1) ** 2 * 0.9);
    expect(flips / batchSize).toBeGreaterThan(0.4);
    expect(flips / batchSize).toBeLessThan(0.6);
  });

  it('draws images without replacement while there are enough', async () => {
    const asked: number[][] = [];
    const source = telling(32, 50);
    const spy: ImageSource = {
      ...source,
      read(indices) {
        asked.push([...indices]);
        return source.read(indices);
      },
    };
    await trainingBatch(spy, { batchSize: 50, seed: 1, repeat: 0 });
    await trainingBatch(spy, { batchSize: 80, seed: 1, repeat: 0 });
    expect(new Set(asked[0]).size).toBe(50);
    expect(asked[1]).toHaveLength(80);
    await expect(trainingBatch(source, { batchSize: 0, seed: 1, repeat: 0 })).rejects.toThrow(
      /batchSize must be a whole number from 1 to 1048576, got 0/,
    );
  });

  it.each([
    [16, '2ae0410887f59702'],
    [32, 'e63ce9aa00ba59c6'],
  ])('draws the batches of version 0.1 from images of side %i', async (side, expected) => {
    const options = { batchSize: 24, seed: 3, repeat: 1 };
    expect(digest((await trainingBatch(numbered(side), options)).images)).toBe(expected);
    expect(digest((await trainingBatch(numbered(side), { ...options, labels: true })).images)).toBe(expected);
  });

  it('gives the labels of its images where they are wanted', async () => {
    const asked: number[] = [];
    const source = numbered(16);
    const spy: ImageSource = {
      ...source,
      read(indices) {
        asked.push(...indices);
        return source.read(indices);
      },
    };
    const options = { batchSize: 40, seed: 8, repeat: 2 };
    const { labels } = await trainingBatch(spy, { ...options, labels: true });
    expect([...labels]).toEqual(asked.map((index) => index % 7));
    expect((await trainingBatch(source, { ...options, labels: true })).labels).toEqual(labels);
    const other = await trainingBatch(source, { ...options, repeat: 3, labels: true });
    expect(other.labels).not.toEqual(labels);
    expect((await trainingBatch(source, options)).labels).toBeUndefined();
  });

  it('refuses labels of images that have none, before it reads them', async () => {
    const source: ImageSource = {
      ...telling(16),
      origin: 'made up',
      read: () => Promise.reject(new Error('read for nothing')),
    };
    const batch = trainingBatch(source, { batchSize: 2, seed: 0, repeat: 0, labels: true });
    await expect(batch).rejects.toMatchObject({
      code: 'LABELS_MISSING',
      field: 'dataset',
      value: 'cifar10',
      message: expect.stringMatching(/cifar10 \(made up\) have no labels.*a folder of their own/),
    });
  });
});

describe.skipIf(CIFAR10_ABSENT !== '')(`CIFAR-10${CIFAR10_ABSENT}`, () => {
  it('has the normalisation of the reference', async () => {
    const source = await openDataset({ dataset: 'cifar10', data: CIFAR10 });
    const { images: batch } = await trainingBatch(source, { batchSize: 500, seed: 1, repeat: 0 });
    const mean = batch.reduce((sum, value) => sum + value, 0) / batch.length;
    // Zero borders pull the mean of a normalised batch below 0.
    expect(mean).toBeGreaterThan(-0.5);
    expect(mean).toBeLessThan(0.1);
    expect(source.mean).toEqual(NORMALISATION.cifar10.mean);
  });
});
