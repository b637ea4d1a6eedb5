import { settingError } from '@tenas/base';
import type { ImageSource } from './source.js';

/**
 * The same images at a smaller size: each pixel is the mean of a square of pixels, rounded. Closing it closes the source.
 * @param side height and width, of which those of the source are the same multiple
 * @throws TenasError SETTING_INVALID for another side
 */
export function shrunkImages(source: ImageSource, side: number): ImageSource {
  const { height, width } = source;
  const factor = height / side;
  if (height !== width || !Number.isInteger(factor)) {
    throw settingError('side', side, `a whole part of ${height}x${width} images that are square`);
  }
  if (factor === 1) return source;
  return {
    name: source.name,
    classes: source.classes,
    classNames: source.classNames,
    size: source.size,
    sizeEstimated: source.sizeEstimated,
    sampledFrom: source.sampledFrom,
    height: side,
    width: side,
    mean: source.mean,
    std: source.std,
    task: source.task,
    fingerprint: `${source.fingerprint}-${side}x${side}`,
    origin: source.origin,
    labels: source.labels,
    get skipped() {
      return source.skipped;
    },
    get notes() {
      return source.notes;
    },
    async read(indices, signal) {
      return (await source.read(indices, signal)).map((pixels) => shrunk(pixels, side, factor));
    },
    async close() {
      await source.close?.();
    },
  };
}

/** Whether images can be shrunk to a side: they are square, and theirs is a multiple of it. Never to `null`. */
export function shrinksTo(
  { height, width }: Pick<ImageSource, 'height' | 'width'>,
  side: number | null,
): side is number {
  return side !== null && height === width && height % side === 0;
}

/** A square image of three channels, [3, side * factor, side * factor], with one pixel for factor times factor. */
function shrunk(pixels: Uint8Array, side: number, factor: number): Uint8Array {
  const result = new Uint8Array(3 * side * side);
  const long = side * factor;
  const area = factor * factor;
  // Rows of all channels follow each other, and each channel has a multiple of the factor.
  for (let row = 0; row < 3 * side; row++) {
    for (let column = 0; column < side; column++) {
      const first = row * factor * long + column * factor;
      let sum = 0;
      for (let y = 0; y < factor; y++) {
        for (let x = 0; x < factor; x++) sum += pixels[first + y * long + x]!;
      }
      result[row * side + column] = Math.round(sum / area);
    }
  }
  return result;
}
