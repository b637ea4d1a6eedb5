import type { RandomStream } from '@tenas/base';
import type { LabelledBatch } from '../training-batch.js';
import type { LearningTask } from './learning-task.js';

/**
 * The samples and labels that a task makes of some images, in the order of the images.
 * @param images [n, 3, height, width], augmented and normalised
 * @param about.training whether a network learns from them
 * @param randomOf the random numbers of each of them
 */
export function taskBatch(
  { samples, labels: labelsEach, shape: [channels, height, width], fill }: LearningTask,
  images: Float32Array,
  { count, training }: { readonly count: number; readonly training: boolean },
  randomOf: (n: number) => RandomStream,
): LabelledBatch {
  const values = images.length / count;
  const made = samples * channels * height * width;
  const batch = {
    images: new Float32Array(count * made),
    labels: new Int32Array(count * labelsEach),
  };
  for (let n = 0; n < count; n++) {
    const target = {
      images: batch.images.subarray(n * made, (n + 1) * made),
      labels: batch.labels.subarray(n * labelsEach, (n + 1) * labelsEach),
    };
    fill(images.subarray(n * values, (n + 1) * values), randomOf(n), target, training);
  }
  return batch;
}
