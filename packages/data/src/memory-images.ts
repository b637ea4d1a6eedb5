import { TenasError } from '@tenas/base';
import { heldImages } from './array-images.js';
import { type ImageSource, NORMALISATION } from './source.js';

/** Pictures that a program holds in memory. */
export interface MemoryImages {
  /** Height and width. */
  readonly side: number;
  /** Pixels of each picture, [3, side, side] planar, 0..255. */
  readonly pictures: readonly Uint8Array[];
  /** Names of the classes; absent: the pictures have none. */
  readonly classNames?: readonly string[] | undefined;
  /** The class of each picture, 0 to classes - 1; given where there are names. */
  readonly labels?: readonly number[] | undefined;
  /** Pictures that could not be decoded. Default 0. */
  readonly skipped?: number | undefined;
  /** Where they come from, for messages. */
  readonly origin: string;
}

/**
 * Pictures in memory as a data set, named `folder` and normalised as folders of pictures are. Its fingerprint is a hash of
 * sizes, labels and all pixels.
 * @throws TenasError DATA_INVALID for no pictures, pictures of another size, or labels that are no classes
 */
export function memoryImages(given: MemoryImages): ImageSource {
  const { side, pictures, classNames, labels, skipped = 0, origin } = given;
  const invalid = (problem: string) =>
    new TenasError('DATA_INVALID', `${origin}: ${problem}`, { field: 'pictures' });
  if (pictures.length === 0) throw invalid('there is no picture');
  const wrong = pictures.findIndex((pixels) => pixels.length !== 3 * side * side);
  if (wrong >= 0)
    throw invalid(`picture ${wrong} has ${pictures[wrong]!.length} values; 3 x ${side} x ${side} are needed`);
  const classes = classNames?.length ?? 1;
  const known = classNames === undefined ? undefined : (labels ?? []);
  if (
    known !== undefined &&
    (known.length !== pictures.length || !known.every((label) => label >= 0 && label < classes))
  ) {
    throw invalid(`labels must be ${pictures.length} numbers from 0 to ${classes - 1}`);
  }
  const { labels: labelsOf, ...reading } = heldImages(pictures, known ?? []);
  return {
    name: 'folder',
    classes,
    classNames,
    size: pictures.length,
    height: side,
    width: side,
    ...NORMALISATION.folder,
    fingerprint: fingerprintOf([Int32Array.of(side, classes, ...(known ?? [])), ...pictures]),
    skipped,
    origin,
    ...reading,
    ...(known === undefined ? {} : { labels: labelsOf }),
  };
}

/** A hash of 64 bits (two FNV-1a hashes of 32 bits that begin differently), which needs nothing of its surroundings. */
function fingerprintOf(parts: readonly (Int32Array | Uint8Array)[]): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (const part of parts) {
    for (const value of part) {
      low = Math.imul(low ^ value, 0x01000193);
      high = Math.imul(high ^ value, 0x01000193);
    }
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
