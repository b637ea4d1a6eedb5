import {
  type EpochOptions,
  epochBatches,
  evaluationBatches,
  type ImageSource,
  learningTask,
  withTask,
} from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { numbered } from './support/made-images.js';

const SIDE = 16;
const SAMPLE = 3 * SIDE * SIDE;
const ALL = { padding: 2, flip: true, cutout: 8 };
const source = numbered(SIDE, 11);
const rotated = withTask(source, learningTask('rotation', source)!);

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const found = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

const epoch = (of: ImageSource, given: Partial<EpochOptions> = {}) =>
  all(epochBatches(of, { batchSize: 4, seed: 2, epoch: 3, augmentation: ALL, ...given }));

/** A quarter turn to the left, as numpy.rot90: [y][x] becomes [side - 1 - x][y]. */
function turned(image: Float32Array): Float32Array {
  const result = new Float32Array(image.length);
  for (const [place, value] of image.entries()) {
    const x = place % SIDE;
    const y = Math.floor(place / SIDE) % SIDE;
    const channel = Math.floor(place / (SIDE * SIDE));
    result[(channel * SIDE + (SIDE - 1 - x)) * SIDE + y] = value;
  }
  return result;
}

describe('rotation', () => {
  it('has all four rotations of each image of a batch, after the ordinary augmentation', async () => {
    const plain = await epoch(source);
    const task = await epoch(rotated);
    expect(task.map(({ labels }) => labels.length)).toEqual([16, 16, 12]);
    for (const [place, { images, labels }] of task.entries()) {
      const count = labels.length / 4;
      expect([...labels]).toEqual(Array.from({ length: count }, () => [0, 1, 2, 3]).flat());
      for (let n = 0; n < count; n++) {
        let expected: Float32Array = plain[place]!.images.slice(n * SAMPLE, (n + 1) * SAMPLE);
        for (let turn = 0; turn < 4; turn++) {
          const sample = images.subarray((4 * n + turn) * SAMPLE, (4 * n + turn + 1) * SAMPLE);
          expect(sample).toEqual(expected);
          expected = turned(expected);
        }
      }
    }
  });

  it('may begin an epoch at any batch, and evaluates every image in four rotations', async () => {
    expect(await epoch(rotated, { first: 1 })).toEqual((await epoch(rotated)).slice(1));
    const batches = await all(evaluationBatches(rotated, { batchSize: 8 }));
    const plain = await all(evaluationBatches(source, { batchSize: 8 }));
    expect(batches.map(({ labels }) => labels.length)).toEqual([32, 12]);
    expect(batches[0]!.images.subarray(0, SAMPLE)).toEqual(plain[0]!.images.subarray(0, SAMPLE));
    expect(rotated).toMatchObject({ classes: 4, size: 11, classNames: ['0°', '90°', '180°', '270°'] });
    expect(rotated.fingerprint).not.toBe(source.fingerprint);
  });

  it('needs no labels, but square images', async () => {
    const bare = { ...source, labels: undefined };
    const batches = await epoch(withTask(bare, learningTask('rotation', bare)!));
    expect(batches).toEqual(await epoch(rotated));
    expect(() => learningTask('rotation', { ...source, width: 8 })).toThrow(
      'labels for images of 16x8: only square ones can be rotated',
    );
    expect(learningTask('labels', source)).toBeUndefined();
  });
});
