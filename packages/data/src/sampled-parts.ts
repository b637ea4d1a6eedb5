import { checkInteger, RandomStream } from '@tenas/base';
import { keptImages } from './sampled-images.js';
import type { ImageSource } from './source.js';
import { viewOf } from './source-view.js';
import type { SplitSource } from './split-source.js';

/**
 * Two samples of a source that share no image, drawn by seed without replacement; each image is read once and kept. The
 * training images do not depend on how many others there are. Closing either part closes the source.
 *
 * @param parts.training images to train on, at least 1
 * @param parts.validation images of the other part, 0 for none
 * @throws TenasError OPTION_INVALID naming the part for which the source has too few images
 */
export function sampledParts(
  source: ImageSource,
  parts: { readonly seed: number; readonly training: number; readonly validation: number },
): SplitSource {
  const { seed, training, validation } = parts;
  const { size, fingerprint } = source;
  checkInteger('training', training, 1, size, 'OPTION_INVALID');
  checkInteger('validation', validation, 0, size - training, 'OPTION_INVALID');
  const chosen = new RandomStream('training part', seed).sample(size, training);
  const places = new RandomStream('validation part', seed).sample(size - training, validation);
  const part = (name: string, indices: readonly number[]) =>
    keptImages(viewOf(source, indices, `${fingerprint}-${name}-${indices.length}-of-seed-${seed}`));
  return {
    training: part('training', chosen),
    validation: part('validation', remaining(chosen, places)),
  };
}

/** The indices that are not among some, by their places in ascending order. */
function remaining(chosen: readonly number[], places: readonly number[]): number[] {
  const taken = Uint32Array.from(chosen).sort();
  const order = [...places.keys()].sort((a, b) => places[a]! - places[b]!);
  const indices = new Array<number>(places.length);
  let before = 0;
  for (const position of order) {
    while (before < taken.length && taken[before]! <= places[position]! + before) before++;
    indices[position] = places[position]! + before;
  }
  return indices;
}
