import { sampledParts } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { numbered, numbersOf } from './support/numbered-images.js';

async function indicesOf(parts: ReturnType<typeof sampledParts>) {
  const read = async (source: typeof parts.training) =>
    numbersOf(await source.read(Array.from({ length: source.size }, (_, place) => place)));
  return { training: await read(parts.training), validation: await read(parts.validation) };
}

describe('sampledParts', () => {
  it('draws two parts that share no image, by seed', async () => {
    const draw = (seed: number) =>
      indicesOf(sampledParts(numbered(300), { seed, training: 120, validation: 90 }));
    const { training, validation } = await draw(1);
    expect(new Set([...training, ...validation]).size).toBe(210);
    expect(Math.max(...training, ...validation)).toBeLessThan(300);
    expect(await draw(1)).toEqual({ training, validation });
    expect(await draw(2)).not.toEqual({ training, validation });
    expect(training).not.toEqual([...training].sort((a, b) => a - b));
  });

  it('draws every image where all are wanted', async () => {
    const { training, validation } = await indicesOf(
      sampledParts(numbered(40), { seed: 3, training: 30, validation: 10 }),
    );
    expect([...training, ...validation].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, index) => index),
    );
  });

  it('draws the same training images whatever is held out', async () => {
    const training = async (validation: number) =>
      (await indicesOf(sampledParts(numbered(300), { seed: 1, training: 100, validation }))).training;
    expect(await training(0)).toEqual(await training(200));
  });

  it('reads each image once, with its label', async () => {
    const source = numbered(300);
    const { training } = sampledParts(source, { seed: 1, training: 20, validation: 20 });
    const all = Array.from({ length: 20 }, (_, place) => place);
    const numbers = numbersOf(await training.read(all));
    await training.read(all);
    expect(source.log).toHaveLength(1);
    expect(Array.from(await training.labels!(all))).toEqual(numbers.map((number) => number % 4));
  });

  it.each([
    [{ training: 0, validation: 1 }, 'training'],
    [{ training: 11, validation: 0 }, 'training'],
    [{ training: 8, validation: 3 }, 'validation'],
  ])('refuses %j of ten images', (parts, field) => {
    expect(() => sampledParts(numbered(10), { seed: 1, ...parts })).toThrowError(
      expect.objectContaining({ code: 'OPTION_INVALID', field }),
    );
  });
});
