import { evaluationBatches, type ImageSource, splitSource } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { numbered, numberedPixels, telling } from './support/made-images.js';

describe('evaluationBatches', () => {
  it('gives every image once, in order, normalised and unaugmented, with its label, the last batch short', async () => {
    const source = numbered(16, 11);
    const plane = 256;
    let index = 0;
    const sizes: number[] = [];
    for await (const { images, labels } of evaluationBatches(source, { batchSize: 4 })) {
      sizes.push(labels.length);
      expect(images).toHaveLength(labels.length * 3 * plane);
      for (const [n, label] of labels.entries()) {
        expect(label).toBe(index % 7);
        const expected = Float32Array.from(numberedPixels(index, 16), (pixel, place) => {
          const channel = Math.floor(place / plane);
          return (pixel - source.mean[channel]!) * (1 / source.std[channel]!);
        });
        expect(images.subarray(n * 3 * plane, (n + 1) * 3 * plane)).toEqual(expected);
        index++;
      }
    }
    expect(sizes).toEqual([4, 4, 3]);
  });

  it('gives the images of a validation part in the order of the whole', async () => {
    const source = numbered(16, 60);
    const { validation } = await splitSource(source, { seed: 1, validation: 20 });
    const { value: whole } = await evaluationBatches(source, { batchSize: 60 }).next();
    const { value: part } = await evaluationBatches(validation, { batchSize: 60 }).next();
    const image = (images: Float32Array, n: number) => images.subarray(n * 768, (n + 1) * 768).join();
    const order = Array.from({ length: 60 }, (_, n) => image(whole!.images, n));
    const places = Array.from({ length: 20 }, (_, n) => order.indexOf(image(part!.images, n)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect([...part!.labels]).toEqual(places.map((place) => place % 7));
  });

  it('stops when aborted, between batches and in reading', async () => {
    const controller = new AbortController();
    const read: number[][] = [];
    const source = numbered(16, 12);
    const slow: ImageSource = {
      ...source,
      async read(indices, signal) {
        read.push([...indices]);
        signal?.throwIfAborted();
        return await source.read(indices);
      },
    };
    const batches = evaluationBatches(slow, { batchSize: 5, signal: controller.signal });
    expect((await batches.next()).value?.labels).toHaveLength(5);
    controller.abort(new Error('enough'));
    await expect(batches.next()).rejects.toThrow('enough');
    expect(read).toEqual([[0, 1, 2, 3, 4]]);
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('refuses wrong options and images without labels at once', () => {
    expect(() => evaluationBatches(numbered(16), { batchSize: 0 })).toThrow(
      'batchSize must be a whole number from 1 to 1048576, got 0',
    );
    expect(() => evaluationBatches(telling(16), { batchSize: 1 })).toThrow(
      expect.objectContaining({ code: 'LABELS_MISSING' }),
    );
  });
});
