import type { ImageSource } from './source.js';

/** Normalised value of each pixel value of each channel, [3, 256]: bit for bit as in training batches. */
export function normalisedValues({ mean, std }: ImageSource): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, place) => {
    const channel = place >> 8;
    return ((place & 255) - mean[channel]!) * (1 / std[channel]!);
  });
}
