import { checkInteger, RandomStream } from '@tenas/base';
import type { ImageSource, ImageWindow } from './source.js';

export interface CropBatchesOptions {
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
  readonly signal?: AbortSignal | undefined;
}

/**
 * Batches of small random crops of random channels, drawn afresh for every image, not flipped, normalised by the channel's
 * constants. [batches, N, channels, crop, crop]. Images are drawn without replacement while there are enough. The same
 * (seed, repeat) gives the same batches. Throws TenasError OPTION_INVALID.
 */
export async function cropBatches(source: ImageSource, options: CropBatchesOptions): Promise<Float32Array> {
  const { batches = 3, batchSize = 1000, channels = 1, crop = 3, seed, repeat, signal } = options;
  checkInteger('batches', batches, 1, 1 << 16, 'OPTION_INVALID');
  checkInteger('batchSize', batchSize, 1, 1 << 20, 'OPTION_INVALID');
  checkInteger('channels', channels, 1, 3, 'OPTION_INVALID');
  checkInteger('crop', crop, 1, Math.min(source.height, source.width), 'OPTION_INVALID');
  // The name of the stream is part of the draws: another name would change every crop, and with it the results of 0.1.
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

/** Normalised value of each pixel value of each channel, [3, 256]. */
function normalisedValues({ mean, std }: ImageSource): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, place) => {
    const channel = place >> 8;
    return ((place & 255) - mean[channel]!) / std[channel]!;
  });
}
