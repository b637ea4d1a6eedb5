import { normalisedValues } from './normalised-values.js';
import type { ImageSource } from './source.js';

/**
 * Some images of a source, neither cropped nor flipped, normalised by channel, as {@link evaluationBatches} gives them
 * with their labels.
 * @returns [indices, 3, height, width], row-major
 * @throws what reading throws, and the signal's reason
 */
export async function normalisedImages(
  source: ImageSource,
  indices: readonly number[],
  signal?: AbortSignal,
): Promise<Float32Array> {
  return imagesBy(normalisedValues(source), await source.read(indices, signal));
}

/** Pixels of images [3, height, width] looked up in the values of {@link normalisedValues}. */
export function imagesBy(values: Float32Array, pixelsOfImages: readonly Uint8Array[]): Float32Array {
  const size = pixelsOfImages[0]?.length ?? 0;
  const images = new Float32Array(pixelsOfImages.length * size);
  let target = 0;
  for (const pixels of pixelsOfImages) {
    for (let channel = 0; channel < 3; channel++) {
      for (let place = (channel * size) / 3; place < ((channel + 1) * size) / 3; place++) {
        images[target++] = values[256 * channel + pixels[place]!]!;
      }
    }
  }
  return images;
}
