import { checkInteger, RandomStream } from '@tenas/base';
import { requireLabels } from './labels.js';
import type { ImageSource } from './source.js';

export interface TrainingBatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Different repeats draw different images. */
  readonly repeat: number;
  /** Whether the labels are wanted. Default false. The images are the same either way. */
  readonly labels?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Images, [N, 3, height, width], normalised by channel; and the label of each where labels were asked for, [N]. */
export interface ImageBatch {
  readonly images: Float32Array;
  readonly labels?: Int32Array | undefined;
}

/** A batch with labels. */
export interface LabelledBatch extends ImageBatch {
  readonly labels: Int32Array;
}

/** Padding of the random crop: 4 pixels, 2 for 16x16 images. */
const cropPadding = (source: ImageSource) => (source.height <= 16 ? 2 : 4);

/**
 * A training batch: images without replacement, flipped at random, cropped at random after zero padding, normalised by
 * channel. The same (seed, repeat) gives the same batch. Throws TenasError OPTION_INVALID, or LABELS_MISSING where labels are asked
 * for and the source has none.
 */
export async function trainingBatch(
  source: ImageSource,
  options: TrainingBatchOptions & { readonly labels: true },
): Promise<LabelledBatch>;
export async function trainingBatch(source: ImageSource, options: TrainingBatchOptions): Promise<ImageBatch>;
export async function trainingBatch(source: ImageSource, options: TrainingBatchOptions): Promise<ImageBatch> {
  const { batchSize, seed, repeat, signal } = options;
  checkInteger('batchSize', batchSize, 1, 1 << 20, 'OPTION_INVALID');
  const labelled = options.labels === true ? requireLabels(source) : undefined;
  // The name of the stream is part of the draws: another name would change every batch, and with it the results of 0.1.
  const random = new RandomStream('ntk batch', seed, repeat);
  const indices = random.sample(source.size, batchSize);
  const pixelsOfImages = await source.read(indices, signal);
  const { height, width, mean, std } = source;
  const padding = cropPadding(source);
  const plane = height * width;
  const images = new Float32Array(batchSize * 3 * plane);
  for (const [n, pixels] of pixelsOfImages.entries()) {
    const flip = random.unit() < 0.5;
    const top = random.below(2 * padding + 1) - padding;
    const left = random.below(2 * padding + 1) - padding;
    for (let c = 0; c < 3; c++) {
      const base = (n * 3 + c) * plane;
      const first = c * plane;
      const [middle, scale] = [mean[c]!, 1 / std[c]!];
      for (let y = 0; y < height; y++) {
        const row = y + top;
        for (let x = 0; x < width; x++) {
          const column = x + left;
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          const pixel = inside ? pixels[first + row * width + (flip ? width - 1 - column : column)]! : 0;
          images[base + y * width + x] = (pixel - middle) * scale;
        }
      }
    }
  }
  return { images, labels: await labelled?.labels(indices, signal) };
}
