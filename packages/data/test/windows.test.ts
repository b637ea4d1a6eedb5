import { describe, expect, it } from 'vitest';
import { regionBatches } from '../src/batches.js';
import { syntheticImages } from '../src/synthetic.js';

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

  it.each([1, 2, 3])('make the region inputs that whole images make, of %d channels', async (channels) => {
    const { readWindows: _left, ...wholeOnly } = source;
    const options = { batches: 2, batchSize: 140, channels, crop: 8, seed: 5, repeat: 1 };
    expect(await regionBatches(source, options)).toEqual(await regionBatches(wholeOnly, options));
  });

  it('refuse images that there are not, and heed a signal', async () => {
    const window = { index: 300, top: 0, left: 0, side: 2, channels: [0] };
    await expect(source.readWindows!([window])).rejects.toThrow('image index is 300');
    const stopped = source.readWindows!([{ ...window, index: 0 }], AbortSignal.abort(new Error('stopped')));
    await expect(stopped).rejects.toThrow('stopped');
  });
});
