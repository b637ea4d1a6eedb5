import { checkInteger } from '@tenas/base';
import { type LabelledSource, requireLabels } from './labels.js';
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
 * call gives the same batches. Throws TenasError OPTION_INVALID or LABELS_MISSING at once; the iterator throws what reading throws,
 * and the signal's reason.
 */
export function evaluationBatches(
  source: ImageSource,
  { batchSize, signal }: EvaluationOptions,
): AsyncGenerator<LabelledBatch, void, undefined> {
  checkInteger('batchSize', batchSize, 1, 1 << 20, 'OPTION_INVALID');
  return batchesOf(requireLabels(source), batchSize, signal);
}

async function* batchesOf(source: LabelledSource, batchSize: number, signal: AbortSignal | undefined) {
  const normalised = normalisedValues(source);
  for (let first = 0; first < source.size; first += batchSize) {
    signal?.throwIfAborted();
    const count = Math.min(batchSize, source.size - first);
    const indices = Array.from({ length: count }, (_, position) => first + position);
    const images = imagesBy(normalised, await source.read(indices, signal));
    yield { images, labels: await source.labels(indices, signal) };
  }
}
