import { openDataset, requireLabels, sampledImages } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { numbered, numbersOf } from './support/numbered-images.js';

describe('sampledImages', () => {
  it('draws by seed, without replacement', async () => {
    const all = Array.from({ length: 50 }, (_, i) => i);
    const draw = async (seed: number) => {
      const sample = sampledImages(numbered(1000), { images: 50, seed });
      expect(sample).toMatchObject({ size: 50, classes: 4, sampledFrom: { images: 1000, estimated: false } });
      return numbersOf(await sample.read(all));
    };
    const first = await draw(1);
    expect(new Set(first).size).toBe(50);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
    await expect(sampledImages(numbered(1000), { images: 50, seed: 0 }).read([50])).rejects.toThrow(
      /0 to 49/,
    );
  });

  it('has the labels and class names of the images that it drew', async () => {
    const classNames = ['a', 'b', 'c', 'd'];
    const sample = requireLabels(sampledImages({ ...numbered(1000), classNames }, { images: 50, seed: 1 }));
    const indices = [7, 0, 49, 7];
    const images = numbersOf(await sample.read(indices));
    expect([...(await sample.labels(indices))]).toEqual(images.map((image) => image % 4));
    expect(sample.classNames).toEqual(classNames);
    await expect(sample.labels([50])).rejects.toThrow(/0 to 49/);
    expect(
      sampledImages({ ...numbered(1000), labels: undefined }, { images: 50, seed: 1 }).labels,
    ).toBeUndefined();
  });

  it('takes a source whole that has no more', async () => {
    const sample = sampledImages(numbered(5), { images: 50, seed: 0 });
    expect(sample.size).toBe(5);
    expect(sample.sampledFrom).toBeUndefined();
    expect(sample.fingerprint).toBe('numbered');
    expect(numbersOf(await sample.read([4, 0, 4]))).toEqual([4, 0, 4]);
  });

  it('reads every image once, also where requests overlap', async () => {
    const source = numbered(20);
    const sample = sampledImages(source, { images: 20, seed: 0 });
    const [a, b] = await Promise.all([sample.read([1, 2, 3]), sample.read([3, 2, 9])]);
    expect([numbersOf(a), numbersOf(b)]).toEqual([
      [1, 2, 3],
      [3, 2, 9],
    ]);
    await sample.read([9, 1, 4]);
    expect(source.log).toEqual([[1, 2, 3], [9], [4]]);
  });

  it('tries again after a failure', async () => {
    let broken = true;
    const sample = sampledImages(
      numbered(20, () => broken),
      { images: 20, seed: 0 },
    );
    await expect(sample.read([1])).rejects.toThrow('unreadable');
    broken = false;
    expect(numbersOf(await sample.read([1]))).toEqual([1]);
  });

  it('does not hand one request’s abort to another that waits for the same images', async () => {
    const source = numbered(20);
    const watched = {
      ...source,
      async read(indices: readonly number[], signal?: AbortSignal) {
        const images = await source.read(indices);
        signal?.throwIfAborted();
        return images;
      },
    };
    const sample = sampledImages(watched, { images: 20, seed: 0 });
    const stop = new AbortController();
    const first = sample.read([1, 2], stop.signal);
    const second = sample.read([2, 3]);
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(numbersOf(await second)).toEqual([2, 3]);
  });
});

it('is how openDataset limits the images of any dataset', async () => {
  expect(await openDataset({ dataset: 'synthetic', images: 12 })).toMatchObject({ size: 12 });
  await expect(openDataset({ dataset: 'synthetic', images: 0 })).rejects.toMatchObject({ field: 'images' });
});
