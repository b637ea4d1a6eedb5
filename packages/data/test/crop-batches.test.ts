import { cropBatches, syntheticImages } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { digest, numbered, telling } from './support/made-images.js';

describe('cropBatches', () => {
  it('takes crops of one channel, anywhere, normalised by the constants of that channel', async () => {
    const source = telling(32);
    const crops = await cropBatches(source, { batches: 2, batchSize: 500, seed: 5, repeat: 1 });
    expect(crops).toHaveLength(2 * 500 * 9);
    const [image] = await source.read([0]);
    const places = new Map<string, string>();
    for (let c = 0; c < 3; c++) {
      for (let top = 0; top <= 29; top++) {
        for (let left = 0; left <= 29; left++) {
          const values = [0, 1, 2].flatMap((y) =>
            [0, 1, 2].map((x) =>
              Math.fround((image![(c * 32 + top + y) * 32 + left + x]! - source.mean[c]!) / source.std[c]!),
            ),
          );
          places.set(values.join(), `${c}`);
        }
      }
    }
    const channels = [0, 0, 0];
    for (let n = 0; n < 1000; n++) {
      const found = places.get([...crops.subarray(n * 9, n * 9 + 9)].join());
      expect(found, `crop ${n}`).toBeDefined();
      channels[Number(found)]!++;
    }
    for (const count of channels) expect(count).toBeGreaterThan(250);
  });

  it('is a function of seed and repeat, and checks its options', async () => {
    const source = syntheticImages();
    const draw = async (seed: number, repeat: number) => [
      ...(await cropBatches(source, { batchSize: 20, seed, repeat })),
    ];
    expect(await draw(1, 0)).toEqual(await draw(1, 0));
    expect(await draw(1, 1)).not.toEqual(await draw(1, 0));
    await expect(cropBatches(source, { crop: 33, seed: 0, repeat: 0 })).rejects.toThrow(
      /crop must be a whole number from 1 to 32, got 33/,
    );
    await expect(cropBatches(source, { channels: 4, seed: 0, repeat: 0 })).rejects.toThrow(
      /channels must be a whole number from 1 to 3, got 4/,
    );
  });

  it.each([
    [16, 'one channel', { batchSize: 200 }, '2257924d73a109eb'],
    [32, 'one channel', { batchSize: 200 }, 'f673e3a0b171d834'],
    [16, 'two channels', { batches: 2, batchSize: 50, channels: 2, crop: 5 }, '3a356f67a9539a1f'],
    [32, 'two channels', { batches: 2, batchSize: 50, channels: 2, crop: 5 }, '842a0381970d3fa3'],
  ])('draws the crops of version 0.1 from images of side %i, %s', async (side, _, options, expected) => {
    expect(digest(await cropBatches(numbered(side), { ...options, seed: 3, repeat: 1 }))).toBe(expected);
  });
});

const source = syntheticImages({ size: 19, images: 300, seed: 4 });

describe('windows of synthetic images', () => {
  it('hold the pixels of the whole images', async () => {
    const windows = [
      { index: 7, top: 3, left: 11, side: 8, channels: [1] },
      { index: 299, top: 0, left: 0, side: 19, channels: [0, 1, 2] },
      { index: 7, top: 18, left: 18, side: 1, channels: [2, 0] },
    ];
    const painted = await source.readWindows!(windows);
    for (const [position, { index, top, left, side, channels }] of windows.entries()) {
      const [whole] = await source.read([index]);
      const expected = channels.flatMap((channel) =>
        Array.from({ length: side * side }, (_, pixel) => {
          const [y, x] = [Math.floor(pixel / side), pixel % side];
          return whole![channel * 19 * 19 + (top + y) * 19 + left + x]!;
        }),
      );
      expect([...painted[position]!]).toEqual(expected);
    }
  });

  it.each([1, 2, 3])('make the crops that whole images make, of %d channels', async (channels) => {
    const { readWindows: _left, ...wholeOnly } = source;
    const options = { batches: 2, batchSize: 140, channels, crop: 8, seed: 5, repeat: 1 };
    expect(await cropBatches(source, options)).toEqual(await cropBatches(wholeOnly, options));
  });

  it('refuse images that there are not, and heed a signal', async () => {
    const window = { index: 300, top: 0, left: 0, side: 2, channels: [0] };
    await expect(source.readWindows!([window])).rejects.toThrow(
      'image index must be a whole number from 0 to 299, got 300',
    );
    const stopped = source.readWindows!([{ ...window, index: 0 }], AbortSignal.abort(new Error('stopped')));
    await expect(stopped).rejects.toThrow('stopped');
  });
});
