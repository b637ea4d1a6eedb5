import { shrinksTo } from '@tenas/data/definitions';
import type { ShortTraining } from './metric.js';

/** The images that a short training sees: those of `images`, of another height and width where it shrinks them. */
export function shortTrainingShape<I extends { readonly height: number; readonly width: number }>(
  { side = null }: Pick<ShortTraining, 'side'>,
  images: I,
): I {
  return shrinksTo(images, side) ? { ...images, height: side, width: side } : images;
}

/** The size of the network that a short training trains. @param usual size of the space's network of that role */
export function shortTrainingSize(
  { channels, cells }: Pick<ShortTraining, 'channels' | 'cells'>,
  usual: object,
): object {
  return {
    ...usual,
    ...(channels === null ? {} : { C: channels }),
    ...(cells === null ? {} : { N: cells }),
  };
}
