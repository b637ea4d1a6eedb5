import { RandomStream, TenasError } from '@tenas/base';
import { allLabels } from './labels.js';
import type { ImageSource } from './source.js';
import { viewOf } from './source-view.js';

export interface SplitOptions {
  readonly seed: number;
  /** How many images are held out, or which share of them, between 0 and 1. */
  readonly validation: number;
  readonly signal?: AbortSignal | undefined;
}

/** Two parts of a source that share no image. */
export interface SplitSource {
  readonly training: ImageSource;
  readonly validation: ImageSource;
}

/**
 * Splits a source by seed into two views, each in the order of the source's indices, that together hold every image once. Where
 * images have labels, every class has its share in both parts, to within one image. Closing either part closes the source.
 * Throws TenasError OPTION_INVALID for a validation part that is empty or leaves nothing; SIZE_ESTIMATED for a source whose images
 * were not all counted, as two of its indices may be one image.
 */
export async function splitSource(source: ImageSource, options: SplitOptions): Promise<SplitSource> {
  const { seed, signal } = options;
  const held = heldOut(source, options.validation);
  if (source.sizeEstimated === true || source.sampledFrom?.estimated === true) {
    throw new TenasError(
      'SIZE_ESTIMATED',
      `the images of ${source.name} were not all counted, so a split could have an image in both parts; ` +
        'open the dataset with countAll: true',
      { field: 'source', value: source.name },
    );
  }
  const groups = byLabel(source, source.labels === undefined ? null : await allLabels(source, signal));
  const isHeld = new Uint8Array(source.size);
  for (const [label, count] of shares(groups, held, source.size).entries()) {
    const members = groups[label]!;
    // A stream per class: what is drawn of one does not depend on how many images another has.
    const random = new RandomStream('split', seed, label);
    for (const position of random.sample(members.length, count)) isHeld[members[position]!] = 1;
  }
  const part = (name: string, kept: 0 | 1, size: number) => {
    const indices = new Uint32Array(size);
    let next = 0;
    for (let index = 0; index < isHeld.length; index++) {
      if (isHeld[index] === kept) indices[next++] = index;
    }
    return viewOf(source, indices, `${source.fingerprint}-${name}-${size}-of-seed-${seed}`);
  };
  return {
    training: part('training', 0, source.size - held),
    validation: part('validation', 1, held),
  };
}

/** Size of the validation part. */
function heldOut({ size }: ImageSource, validation: number): number {
  const held = validation > 0 && validation < 1 ? Math.round(validation * size) : validation;
  if (Number.isInteger(held) && held >= 1 && held < size) return held;
  throw new TenasError(
    'OPTION_INVALID',
    `validation is ${validation}; it must leave at least one of the ${size} images in either part: ` +
      `a whole number from 1 to ${size - 1}, or a share between 0 and 1`,
    { field: 'validation', value: validation },
  );
}

/** Indices of the images of each class, ascending; of all images where there are no labels. */
function byLabel({ size, classes }: ImageSource, labels: Int32Array | null): readonly Uint32Array[] {
  if (labels === null) return [Uint32Array.from({ length: size }, (_, index) => index)];
  const groups = Array.from({ length: classes }, (): number[] => []);
  for (const [index, label] of labels.entries()) groups[label]!.push(index);
  return groups.map((indices) => Uint32Array.from(indices));
}

/** Images to hold out of each class: in proportion, the remainders by size (Hare's method), those of lower labels first. */
function shares(groups: readonly Uint32Array[], held: number, size: number): number[] {
  const counts = groups.map(({ length }) => Math.floor((held * length) / size));
  const remainders = groups.map(({ length }) => (held * length) % size);
  const missing = held - counts.reduce((sum, count) => sum + count, 0);
  const order = [...groups.keys()].sort((a, b) => remainders[b]! - remainders[a]! || a - b);
  for (const label of order.slice(0, missing)) counts[label]!++;
  return counts;
}
