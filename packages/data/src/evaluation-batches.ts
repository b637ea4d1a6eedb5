import { checkInteger, RandomStream } from '@tenas/base';
import { type LabelledSource, requireLabels } from './labels.js';
import type { LearningTask } from './learning-task/learning-task.js';
import { taskBatch } from './learning-task/task-batch.js';
import { imagesBy } from './normalised-images.js';
import { normalisedValues } from './normalised-values.js';
import type { ImageSource } from './source.js';
import type { LabelledBatch } from './training-batch.js';

export interface EvaluationOptions {
  /** Images in a batch; the last one may have fewer. */
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * All images of a source with their labels, in the order of their indices, normalised by channel, neither cropped nor flipped. Every
 * call gives the same batches. Of a source with a task, `batchSize` counts images, and the batches have the task's samples. Throws TenasError OPTION_INVALID or LABELS_MISSING at once; the iterator throws what reading throws,
 * and the signal's reason.
 */
export function evaluationBatches(
  source: ImageSource,
  { batchSize, signal }: EvaluationOptions,
): AsyncGenerator<LabelledBatch, void, undefined> {
  checkInteger('batchSize', batchSize, 1, 1 << 20, 'OPTION_INVALID');
  const { task } = source;
  return task === undefined
    ? labelledBatches(requireLabels(source), batchSize, signal)
    : taskBatches(source, task, batchSize, signal);
}

async function* labelledBatches(source: LabelledSource, batchSize: number, signal: AbortSignal | undefined) {
  for await (const { images, indices } of imageBatches(source, batchSize, signal)) {
    yield { images, labels: await source.labels(indices, signal) };
  }
}

async function* taskBatches(
  source: ImageSource,
  task: LearningTask,
  batchSize: number,
  signal: AbortSignal | undefined,
) {
  for await (const { images, indices } of imageBatches(source, batchSize, signal)) {
    yield taskBatch(task, images, { count: indices.length, training: false }, (n) => {
      return new RandomStream(`evaluation ${task.name}`, indices[n]!);
    });
  }
}

async function* imageBatches(source: ImageSource, batchSize: number, signal: AbortSignal | undefined) {
  const normalised = normalisedValues(source);
  for (let first = 0; first < source.size; first += batchSize) {
    signal?.throwIfAborted();
    const count = Math.min(batchSize, source.size - first);
    const indices = Array.from({ length: count }, (_, position) => first + position);
    yield { images: imagesBy(normalised, await source.read(indices, signal)), indices };
  }
}
