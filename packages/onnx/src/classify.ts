import { TenasError } from '@tenas/base';
import { readModelFile } from './model-file.js';
import { summarizeModel } from './read-model.js';
import { openSession } from './runtime-session.js';

/** Images with their classes: [N, C, H, W] row-major, and [N] from 0. */
export interface LabelledImages {
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** How well a model classifies in onnxruntime. */
export interface OnnxAccuracy {
  readonly images: number;
  readonly correct: number;
  /** Share of the images whose largest logit is their label's. */
  readonly accuracy: number;
  readonly ortVersion: string;
}

/**
 * Classifies images by a model in onnxruntime (CPU).
 *
 * @param model path of an ONNX file, or its bytes; one output [N, classes]
 * @param options.threads default: onnxruntime's choice
 * @throws TenasError ONNX_UNREADABLE, ONNX_LOAD_FAILED, ONNX_RUN_FAILED, ONNX_MISMATCH, ONNXRUNTIME_UNAVAILABLE,
 *   OPTIONS_INVALID without images; what the batches throw; the signal's reason
 */
export async function classifyOnnx(
  model: string | Uint8Array,
  batches: AsyncIterable<LabelledImages> | Iterable<LabelledImages>,
  options: { readonly threads?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<OnnxAccuracy> {
  const { threads, signal } = options;
  const bytes = typeof model === 'string' ? await readModelFile(model) : model;
  const sample = (summarizeModel(bytes).inputs[0]?.shape ?? []).slice(1).map(Number);
  await using session = await openSession(bytes, { threads });
  let [images, correct] = [0, 0];
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const { length } = batch.labels;
    const { data, shape } = await session.run(batch.images, [length, ...sample]);
    if (shape.length !== 2 || shape[0] !== length) {
      throw new TenasError(
        'ONNX_MISMATCH',
        `the output for ${length} images is [${shape}]; a classifier has [${length}, classes]`,
        { field: 'model', value: shape },
      );
    }
    images += length;
    for (const [n, label] of batch.labels.entries()) {
      if (largest(data.subarray(n * shape[1]!, (n + 1) * shape[1]!)) === label) correct++;
    }
  }
  if (images === 0) {
    throw new TenasError('OPTIONS_INVALID', 'batches: there are no images to classify', { field: 'batches' });
  }
  return { images, correct, accuracy: correct / images, ortVersion: session.version };
}

/** Place of the largest value; of equal ones the first. */
function largest(values: Float32Array): number {
  return values.reduce((best, value, place) => (value > values[best]! ? place : best), 0);
}
