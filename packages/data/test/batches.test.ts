import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ImageSource,
  NORMALISATION,
  ntkBatch,
  openDataset,
  regionBatches,
  syntheticImages,
} from '@tenas/data';
import { describe, expect, it } from 'vitest';

/** Images that tell where a pixel comes from: channel c, row y, column x of image n is a value of their own. */
function telling(side: number, count = 2000): ImageSource {
  return {
    name: 'cifar10',
    classes: 10,
    size: count,
    height: side,
    width: side,
    mean: [100, 110, 120],
    std: [50, 60, 70],
    fingerprint: 'telling',
    async read(indices) {
      const pixels = new Uint8Array(3 * side * side);
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < side; y++) {
          for (let x = 0; x < side; x++)
            pixels[(c * side + y) * side + x] = 1 + ((y * 5 + x * 3 + c * 11) % 250);
        }
      }
      return indices.map(() => pixels);
    },
  };
}

describe('ntkBatch', () => {
  it('is a function of seed and repeat', async () => {
    const source = syntheticImages();
    const draw = async (seed: number, repeat: number) => [
      ...(await ntkBatch(source, { batchSize: 4, seed, repeat })),
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
    const batch = await ntkBatch(source, { batchSize, seed: 3, repeat: 0 });
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
    await ntkBatch(spy, { batchSize: 50, seed: 1, repeat: 0 });
    await ntkBatch(spy, { batchSize: 80, seed: 1, repeat: 0 });
    expect(new Set(asked[0]).size).toBe(50);
    expect(asked[1]).toHaveLength(80);
    await expect(ntkBatch(source, { batchSize: 0, seed: 1, repeat: 0 })).rejects.toThrow(/batchSize is 0/);
  });
});

describe('regionBatches', () => {
  it('takes crops of one channel, anywhere, normalised by the constants of that channel', async () => {
    const source = telling(32);
    const crops = await regionBatches(source, { batches: 2, batchSize: 500, seed: 5, repeat: 1 });
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
      ...(await regionBatches(source, { batchSize: 20, seed, repeat })),
    ];
    expect(await draw(1, 0)).toEqual(await draw(1, 0));
    expect(await draw(1, 1)).not.toEqual(await draw(1, 0));
    await expect(regionBatches(source, { crop: 33, seed: 0, repeat: 0 })).rejects.toThrow(
      /crop is 33; it must be a whole number from 1 to 32/,
    );
    await expect(regionBatches(source, { channels: 4, seed: 0, repeat: 0 })).rejects.toThrow(/channels is 4/);
  });
});

const cifar = join(
  process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url)),
  'data/cifar-10-batches-bin',
);
describe.skipIf(!existsSync(cifar))(
  `CIFAR-10${existsSync(cifar) ? '' : ` (skipped: ${cifar} is absent; set TENAS_SHARED)`}`,
  () => {
    it('has the normalisation of the reference', async () => {
      const source = await openDataset({ dataset: 'cifar10', data: cifar });
      const batch = await ntkBatch(source, { batchSize: 500, seed: 1, repeat: 0 });
      const mean = batch.reduce((sum, value) => sum + value, 0) / batch.length;
      // Zero borders pull the mean of a normalised batch below 0.
      expect(mean).toBeGreaterThan(-0.5);
      expect(mean).toBeLessThan(0.1);
      expect(source.mean).toEqual(NORMALISATION.cifar10.mean);
    });
  },
);

describe('synthetic images', () => {
  it('depend on seed, index and size only, and look natural to statistics', async () => {
    const [a, b] = [syntheticImages({ seed: 4 }), syntheticImages({ seed: 4 })];
    expect(await a.read([7, 9])).toEqual(await b.read([7, 9]));
    expect((await a.read([9]))[0]).toEqual((await a.read([7, 9]))[1]);
    expect(await syntheticImages({ seed: 5 }).read([7])).not.toEqual(await a.read([7]));
    const pixels = await a.read(Array.from({ length: 300 }, (_, i) => i));
    const values = (c: number) =>
      Float64Array.from(
        { length: 300 * 1024 },
        (_, i) => pixels[Math.floor(i / 1024)]![c * 1024 + (i % 1024)]!,
      );
    const [red, green, blue] = [values(0), values(1), values(2)];
    const average = (v: Float64Array) => v.reduce((sum, x) => sum + x, 0) / v.length;
    const correlation = (u: Float64Array, v: Float64Array) => {
      const [mu, mv] = [average(u), average(v)];
      let [uv, uu, vv] = [0, 0, 0];
      for (let i = 0; i < u.length; i++) {
        uv += (u[i]! - mu) * (v[i]! - mv);
        uu += (u[i]! - mu) ** 2;
        vv += (v[i]! - mv) ** 2;
      }
      return uv / Math.sqrt(uu * vv);
    };
    for (const channel of [red, green, blue]) expect(Math.abs(average(channel) - 120)).toBeLessThan(20);
    expect(correlation(red, green)).toBeGreaterThan(0.7);
    expect(correlation(green, blue)).toBeGreaterThan(0.7);
    // Neighbours are alike, and less so the farther apart: the mark of a 1/f spectrum.
    const shifted = (by: number) => {
      const [u, v]: [number[], number[]] = [[], []];
      for (let i = 0; i < green.length; i++) {
        if ((i % 32) + by < 32) {
          u.push(green[i]!);
          v.push(green[i + by]!);
        }
      }
      return correlation(Float64Array.from(u), Float64Array.from(v));
    };
    const [near, middle, far] = [shifted(1), shifted(4), shifted(16)];
    expect(near).toBeGreaterThan(0.8);
    expect(middle).toBeLessThan(near);
    expect(far).toBeLessThan(middle);
  });

  it('checks its options', () => {
    expect(() => syntheticImages({ size: 0 })).toThrow(/size is 0; it must be a whole number from 1 to 512/);
  });
});
