import { RandomStream, TenasError } from '@tenas/base';
import type { ImageSource, ImageWindow } from './source.js';

export interface NtkBatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Different repeats draw different images. */
  readonly repeat: number;
  readonly signal?: AbortSignal;
}

export interface RegionBatchOptions {
  /** Default 3. */
  readonly batches?: number;
  /** Images in a batch. Default 1,000. */
  readonly batchSize?: number;
  /** Channels that are kept of each crop, drawn at random. Default 1. */
  readonly channels?: number;
  /** Side of the crop. Default 3. */
  readonly crop?: number;
  readonly seed: number;
  readonly repeat: number;
  readonly signal?: AbortSignal;
}

function checkCount(field: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new TenasError(
      'OPTION_INVALID',
      `${field} is ${value}; it must be a whole number from 1 to ${most}`,
      { field, value },
    );
  }
}

/** Padding of the random crop: 4 pixels, 2 for 16x16 images. */
const cropPadding = (source: ImageSource) => (source.height <= 16 ? 2 : 4);

/**
 * A training batch as the protocols draw it: images without replacement, flipped at random, cropped at random after zero padding,
 * normalised by channel. [N, 3, height, width]. The same (seed, repeat) gives the same batch. Throws TenasError OPTION_INVALID.
 */
export async function ntkBatch(source: ImageSource, options: NtkBatchOptions): Promise<Float32Array> {
  const { batchSize, seed, repeat, signal } = options;
  checkCount('batchSize', batchSize, 1 << 20);
  const random = new RandomStream('ntk batch', seed, repeat);
  const images = await source.read(random.sample(source.size, batchSize), signal);
  const { height, width, mean, std } = source;
  const padding = cropPadding(source);
  const plane = height * width;
  const out = new Float32Array(batchSize * 3 * plane);
  for (const [n, pixels] of images.entries()) {
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
          out[base + y * width + x] = (pixel - middle) * scale;
        }
      }
    }
  }
  return out;
}

/**
 * Batches for counting linear regions: small random crops of random channels, drawn afresh for every image, not flipped,
 * normalised by the channel's constants. [batches, N, channels, crop, crop]. Images are drawn without replacement while there are
 * enough. Throws TenasError OPTION_INVALID.
 */
export async function regionBatches(source: ImageSource, options: RegionBatchOptions): Promise<Float32Array> {
  const { batches = 3, batchSize = 1000, channels = 1, crop = 3, seed, repeat, signal } = options;
  checkCount('batches', batches, 1 << 16);
  checkCount('batchSize', batchSize, 1 << 20);
  checkCount('channels', channels, 3);
  checkCount('crop', crop, Math.min(source.height, source.width));
  const random = new RandomStream('region batches', seed, repeat);
  const count = batches * batchSize;
  const indices = random.sample(source.size, count);
  const { height, width } = source;
  const out = new Float32Array(count * channels * crop * crop);
  const normalised = normalisedValues(source);
  // Windows come with nothing around them; whole images are cropped as they are read.
  const { readWindows } = source;
  const [row, plane] = readWindows === undefined ? [width, height * width] : [crop, crop * crop];
  let target = 0;
  const STEP = 1024;
  for (let start = 0; start < count; start += STEP) {
    const part = indices.slice(start, start + STEP);
    const windows = part.map((index): ImageWindow => {
      const top = random.below(height - crop + 1);
      const left = random.below(width - crop + 1);
      // The kept channels stay in order, as the reference sorts them.
      const kept = channels === 1 ? ONE_CHANNEL[random.below(3)]! : random.sample(3, channels).sort();
      return { index, top, left, side: crop, channels: kept };
    });
    const read = await (readWindows?.(windows, signal) ?? source.read(part, signal));
    for (let n = 0; n < part.length; n++) {
      const pixels = read[n]!;
      const { top, left, channels: kept } = windows[n]!;
      for (let position = 0; position < channels; position++) {
        const channel = kept[position]!;
        const first = readWindows === undefined ? channel * plane + top * width + left : position * plane;
        for (let y = 0; y < crop; y++) {
          for (let x = 0; x < crop; x++) {
            out[target++] = normalised[256 * channel + pixels[first + y * row + x]!]!;
          }
        }
      }
    }
  }
  return out;
}

const ONE_CHANNEL: readonly (readonly number[])[] = [[0], [1], [2]];

/** What each pixel value of each channel becomes, [3, 256]. */
function normalisedValues({ mean, std }: ImageSource): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, place) => {
    const channel = place >> 8;
    return ((place & 255) - mean[channel]!) / std[channel]!;
  });
}
