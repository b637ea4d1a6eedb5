import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cropBatches,
  type ImageSource,
  openDataset,
  requireLabels,
  splitSource,
  syntheticImages,
} from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { CIFAR10, CIFAR10_ABSENT } from './support/reference-data.js';
import { temporaryFolder } from './support/temporary-folder.js';

/** Images of one pixel that hold their index, labelled as given; a log of what was read. */
function indexed(labels: readonly number[]): ImageSource & { readonly log: number[] } {
  const log: number[] = [];
  return {
    log,
    name: 'folder',
    classes: 3,
    classNames: ['a', 'b', 'c'],
    size: labels.length,
    height: 1,
    width: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    fingerprint: 'indexed',
    async read(indices) {
      log.push(...indices);
      return indices.map((index) => Uint8Array.of(index & 255, index >> 8, 0));
    },
    labels: async (indices) => Int32Array.from(indices, (index) => labels[index]!),
  };
}

/** The indices in the split source of a part's images. */
async function indicesOf(part: ImageSource): Promise<number[]> {
  const images = await part.read(Array.from({ length: part.size }, (_, index) => index));
  return images.map(([low, high]) => low! + 256 * high!);
}

// 600 of class 0, 300 of class 1, 100 of class 2, interleaved.
const LABELS = Array.from({ length: 1000 }, (_, index) => (index % 10 < 6 ? 0 : index % 10 < 9 ? 1 : 2));

describe('splitSource', () => {
  it.each([0.25, 250])(
    'makes two parts of every image, each in order, of a validation of %d',
    async (validation) => {
      const source = indexed(LABELS);
      const split = await splitSource(source, { seed: 4, validation });
      expect(source.log).toEqual([]);
      const [training, held] = [await indicesOf(split.training), await indicesOf(split.validation)];
      expect([split.training.size, split.validation.size]).toEqual([750, 250]);
      expect([...training, ...held].toSorted((a, b) => a - b)).toEqual(LABELS.map((_, index) => index));
      for (const part of [training, held]) expect(part).toEqual(part.toSorted((a, b) => a - b));
    },
  );

  it('is a function of the seed', async () => {
    const draw = async (seed: number) =>
      await indicesOf((await splitSource(indexed(LABELS), { seed, validation: 100 })).validation);
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });

  it('gives each part its share of every class, and the labels of its images', async () => {
    const { training, validation } = await splitSource(indexed(LABELS), { seed: 0, validation: 0.1 });
    for (const [part, counts] of [
      [training, [540, 270, 90]],
      [validation, [60, 30, 10]],
    ] as const) {
      const labels = [...(await requireLabels(part).labels(Array.from({ length: part.size }, (_, i) => i)))];
      expect([0, 1, 2].map((label) => labels.filter((other) => other === label).length)).toEqual(counts);
      expect(labels).toEqual((await indicesOf(part)).map((index) => LABELS[index]));
      expect(part.classNames).toEqual(['a', 'b', 'c']);
    }
    // What cannot be shared out exactly goes to the largest remainders: 3 of 6, 3 and 1 images are 1.8, 0.9 and 0.3.
    const small = await splitSource(indexed(LABELS.slice(0, 10)), { seed: 0, validation: 3 });
    const held = await requireLabels(small.validation).labels([0, 1, 2]);
    expect([...held].toSorted()).toEqual([0, 0, 1]);
  });

  it('splits images without labels as well, and parts again', async () => {
    const source: ImageSource = { ...indexed(LABELS), labels: undefined };
    const { training, validation } = await splitSource(source, { seed: 4, validation: 100 });
    expect(training.labels).toBeUndefined();
    const again = await splitSource(training, { seed: 4, validation: 400 });
    const all = [validation, again.training, again.validation].map(indicesOf);
    expect((await Promise.all(all)).flat().toSorted((a, b) => a - b)).toEqual(
      LABELS.map((_, index) => index),
    );
    expect(again.training.sampledFrom).toEqual({ images: 1000, estimated: false });
  });

  it('has views that read windows where the source does, with fingerprints of their own', async () => {
    const source = syntheticImages({ size: 16, images: 200 });
    const parts = await splitSource(source, { seed: 2, validation: 50 });
    for (const part of [parts.training, parts.validation]) {
      const options = { batchSize: 20, seed: 1, repeat: 0 };
      expect(part.readWindows).toBeDefined();
      expect(await cropBatches(part, options)).toEqual(
        await cropBatches({ ...part, readWindows: undefined }, options),
      );
      await expect(part.read([part.size])).rejects.toMatchObject({ code: 'INDEX_INVALID' });
    }
    const other = await splitSource(source, { seed: 3, validation: 50 });
    const prints = [parts.training, parts.validation, other.training, other.validation, source];
    expect(new Set(prints.map(({ fingerprint }) => fingerprint)).size).toBe(5);
  });

  it.each([0, 1000, 1001, -1, 2.5, 0.0001, 0.9999, Number.NaN])(
    'refuses a validation of %d',
    async (validation) => {
      await expect(splitSource(indexed(LABELS), { seed: 0, validation })).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        field: 'validation',
        value: validation,
        message: expect.stringContaining('a whole number from 1 to 999, or a share between 0 and 1'),
      });
    },
  );

  it('stops when aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(splitSource(indexed(LABELS), { seed: 0, validation: 5, signal })).rejects.toThrow('enough');
  });

  it('wants the images of ImageNet-1k counted, so that no two indices are one image', async () => {
    const data = await temporaryFolder();
    for (const name of ['a', 'b']) {
      await mkdir(join(data, name));
      for (let i = 0; i < 3; i++) await writeFile(join(data, name, `${i}.jpg`), '');
    }
    const counted = await openDataset({ dataset: 'imagenet-1k', data, countAll: true });
    expect((await splitSource(counted, { seed: 0, validation: 2 })).training.size).toBe(4);
    for (const estimate of [
      { ...counted, sizeEstimated: true as const },
      { ...counted, sampledFrom: { images: 6, estimated: true } },
    ]) {
      await expect(splitSource(estimate, { seed: 0, validation: 2 })).rejects.toMatchObject({
        code: 'SIZE_ESTIMATED',
        message: expect.stringContaining('countAll: true'),
      });
    }
  });
});

describe.skipIf(CIFAR10_ABSENT !== '')(`CIFAR-10${CIFAR10_ABSENT}`, () => {
  it('is split evenly by class', async () => {
    const source = await openDataset({ dataset: 'cifar10', data: CIFAR10 });
    const { validation } = await splitSource(source, { seed: 0, validation: 0.1 });
    const labels = await requireLabels(validation).labels(Array.from({ length: 1000 }, (_, i) => i));
    const counts = new Array<number>(10).fill(0);
    for (const label of labels) counts[label]!++;
    expect(counts).toEqual(new Array(10).fill(100));
  });
});
