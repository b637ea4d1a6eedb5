import { requireLabels, syntheticImages } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { digest } from './support/made-images.js';

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
    expect(() => syntheticImages({ size: 0 })).toThrow(/size must be a whole number from 1 to 512, got 0/);
  });

  it('have labels that can be learned: colours tell the class of other images better than chance', async () => {
    const source = requireLabels(syntheticImages({ seed: 3, classes: 4 }));
    const indices = Array.from({ length: 200 }, (_, index) => 3 * index);
    const labels = await source.labels(indices);
    expect([...labels]).toEqual(indices.map((index) => index % 4));
    const pixels = await source.read(indices);
    // Differences of the colours' means: less sensitive to brightness, which no class has.
    const colours = pixels.map((image) => {
      const [red, green, blue] = [0, 1, 2].map(
        (c) => image.subarray(1024 * c, 1024 * (c + 1)).reduce((sum, value) => sum + value, 0) / 1024,
      ) as [number, number, number];
      return [red - green, green - blue] as const;
    });
    const known = indices.map((_, position) => position).filter((position) => position < 100);
    const centres = [0, 1, 2, 3].map((label) => {
      const members = known.filter((position) => labels[position] === label);
      return [0, 1].map((axis) => members.reduce((sum, at) => sum + colours[at]![axis]!, 0) / members.length);
    });
    let right = 0;
    for (let position = 100; position < 200; position++) {
      const distances = centres.map((centre) =>
        Math.hypot(...centre.map((value, axis) => value - colours[position]![axis]!)),
      );
      if (distances.indexOf(Math.min(...distances)) === labels[position]) right++;
    }
    // By chance 25 of 100.
    expect(right).toBeGreaterThan(50);
    await expect(source.labels([50_000])).rejects.toMatchObject({ code: 'INDEX_INVALID' });
  });

  it('are those of version 0.1', async () => {
    const images = await syntheticImages({ seed: 2 }).read([0, 1, 12, 49_999]);
    expect(images.map(digest)).toEqual([
      'a70c577b7977d339',
      '1b3cc4224ece1088',
      '10c2ce6f41a5ebea',
      '50463d5bd1ad5b50',
    ]);
  });
});
