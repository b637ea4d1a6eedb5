import { readInput, TenasError } from '@tenas/base';
import { isNpz, readNpz } from './npz.js';
import { PickledArray, type PickleValue } from './pickle-numpy.js';
import { checkIndices } from './source.js';
import { unpickle } from './unpickle.js';

/** Images of a file with their labels. */
export interface ArrayImages {
  /** [n, pixels of an image] */
  readonly pixels: Uint8Array;
  readonly labels: readonly number[];
}

/** What a file of images holds. */
export interface ArrayFormat {
  /** Values of an image. */
  readonly pixels: number;
  /** Names of the labels; the first that is there counts. */
  readonly labels: readonly string[];
  readonly least: number;
  readonly most: number;
  readonly maxBytes: number;
}

/**
 * Reads a pickled dict, or an .npz file, with `data` (uint8 [n, pixels]) and labels, as the Python versions of CIFAR and
 * ImageNet16 come.
 * @throws TenasError DATA_INVALID naming the file
 */
export async function readArrayImages(path: string, format: ArrayFormat): Promise<ArrayImages> {
  const { pixels, least, most, labels: names } = format;
  const invalid = (problem: string): never => {
    throw new TenasError(
      'DATA_INVALID',
      `${path}: ${problem}; it must be a pickled dict or an .npz file with 'data' (uint8 [n, ${pixels}]) and '${names[0]}' (${least} to ${most})`,
      { field: path },
    );
  };
  const values = await valuesIn(path, format, invalid);
  const data = values.get('data');
  const labels = names.map((name) => values.get(name)).find((found) => found !== undefined);
  if (
    !(data instanceof PickledArray) ||
    !(data.data instanceof Uint8Array) ||
    data.data.length !== size(data)
  ) {
    return invalid("'data' is missing or no array of bytes");
  }
  if (data.shape.length !== 2 || data.shape[1] !== pixels)
    return invalid(`'data' has shape [${data.shape.join(', ')}]`);
  const count = data.shape[0]!;
  const list =
    labels instanceof PickledArray && labels.data.length === count ? [...labels.data].map(Number) : labels;
  if (!Array.isArray(list) || list.length !== count || !list.every((x) => Number.isInteger(x))) {
    return invalid(`'${names[0]}' is not a list of ${count} whole numbers`);
  }
  const numbers = list as readonly number[];
  const wrong = numbers.findIndex((label) => label < least || label > most);
  if (wrong >= 0) return invalid(`image ${wrong}: its label is ${numbers[wrong]}`);
  return { pixels: data.data, labels: numbers };
}

const size = ({ shape }: PickledArray): number => shape.reduce((product, one) => product * one, 1);

async function valuesIn(
  path: string,
  { labels, maxBytes }: ArrayFormat,
  invalid: (problem: string) => never,
): Promise<ReadonlyMap<string | number, PickleValue>> {
  let value: PickleValue | ReadonlyMap<string, PickleValue>;
  try {
    const bytes = await readInput(path, { maxBytes });
    value = isNpz(bytes) ? readNpz(bytes, ['data', ...labels], maxBytes) : unpickle(bytes);
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    throw new TenasError('DATA_INVALID', `${path}: ${cause.message}`, { field: path, cause });
  }
  return value instanceof Map ? value : invalid('it does not hold a dict');
}

/** `read` and `labels` of a source whose images are all held: views of each image, and its label. */
export function heldImages(rows: readonly Uint8Array[], labels: ArrayLike<number>) {
  return {
    async read(indices: readonly number[], signal?: AbortSignal) {
      signal?.throwIfAborted();
      checkIndices(indices, rows.length);
      return indices.map((index) => rows[index]!);
    },
    async labels(indices: readonly number[], signal?: AbortSignal) {
      signal?.throwIfAborted();
      checkIndices(indices, rows.length);
      return Int32Array.from(indices, (index) => labels[index]!);
    },
  };
}
