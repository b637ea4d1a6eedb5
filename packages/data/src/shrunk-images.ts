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

/** A square image of three channels, [3, side * factor, side * factor], with one pixel for factor times factor. */
function shrunk(pixels: Uint8Array, side: number, factor: number): Uint8Array {
  const sums = new Float64Array(3 * side * side);
  const long = side * factor;
  for (const [place, pixel] of pixels.entries()) {
    const row = Math.floor(place / long);
    const column = place % long;
    // Rows of all channels follow each other, and each channel has a multiple of the factor.
    sums[Math.floor(row / factor) * side + Math.floor(column / factor)]! += pixel;
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / (factor * factor)));
}
