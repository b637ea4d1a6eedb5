import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readInput, TenasError } from '@tenas/base';
import { PickledArray } from './pickle-numpy.js';
import { checkIndices, type ImageSource, NORMALISATION } from './source.js';
import { unpickle } from './unpickle.js';

const SIDE = 16;
const PIXELS = 3 * SIDE * SIDE;
const CLASSES = 120;
/** Four times the largest official file. */
const MAX_FILE_BYTES = 1 << 29;

/** Labels of the whole set, of which the first are kept. */
const ALL_CLASSES = 1000;

/** Images of a file: `labels` [n], 0 to 119, and `pixels` [n, 768]. */
interface Batch {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** A batch's images with labels 1 to 120; the others are dropped at once, the full set being ten times as large. */
async function readBatch(path: string): Promise<Batch> {
  const invalid = (problem: string): never => {
    throw new TenasError(
      'DATA_INVALID',
      `${path}: ${problem}; it must be a pickled dict with 'data' (uint8 [n, 768]) and 'labels' (1 to ${ALL_CLASSES})`,
      {
        field: path,
      },
    );
  };
  let value: ReturnType<typeof unpickle>;
  try {
    value = unpickle(await readInput(path, { maxBytes: MAX_FILE_BYTES }));
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    throw new TenasError('DATA_INVALID', `${path}: ${cause.message}`, { field: path, cause });
  }
  if (!(value instanceof Map)) return invalid('it does not hold a dict');
  const data = value.get('data');
  const labels = value.get('labels');
  if (
    !(data instanceof PickledArray) ||
    !(data.data instanceof Uint8Array) ||
    data.shape.length !== 2 ||
    data.shape[1] !== PIXELS
  ) {
    return invalid(
      data instanceof PickledArray
        ? `'data' has shape [${data.shape.join(', ')}]`
        : `'data' is missing or no array`,
    );
  }
  const count = data.shape[0]!;
  const list =
    labels instanceof PickledArray && labels.data.length === count ? [...labels.data].map(Number) : labels;
  if (!Array.isArray(list) || list.length !== count || !list.every((x) => Number.isInteger(x))) {
    return invalid(`'labels' is not a list of ${count} whole numbers`);
  }
  const numbers = list as readonly number[];
  const wrong = numbers.findIndex((label) => label < 1 || label > ALL_CLASSES);
  if (wrong >= 0) return invalid(`image ${wrong}: its label is ${numbers[wrong]}`);
  const kept = numbers.flatMap((label, row) => (label <= CLASSES ? [row] : []));
  const pixels = new Uint8Array(kept.length * PIXELS);
  for (const [position, row] of kept.entries()) {
    pixels.set(data.data.subarray(row * PIXELS, (row + 1) * PIXELS), position * PIXELS);
  }
  return { pixels, labels: Uint8Array.from(kept, (row) => numbers[row]! - 1) };
}

/**
 * Opens ImageNet16-120 (Chrabaszcz et al. 2017; the 120 classes of NAS-Bench-201): the official pickled batches
 * train_data_batch_1 to 10. Labels are those of the files less 1. The pickles are read by a restricted reader that can build nothing but plain data.
 * Throws TenasError DATA_MISSING or DATA_INVALID.
 */
export async function openImageNet16(data: string): Promise<ImageSource> {
  const names = await readdir(data).catch(() => [] as string[]);
  const files = names
    .filter((name) => /^train_data_batch_\d+$/.test(name))
    .sort((a, b) => Number(a.split('_')[3]) - Number(b.split('_')[3]));
  if (files.length === 0) {
    throw new TenasError(
      'DATA_MISSING',
      `data is '${data}'; it must be a folder with train_data_batch_1 to train_data_batch_10 of ImageNet16`,
      {
        field: 'data',
        value: data,
      },
    );
  }
  const hash = createHash('sha256');
  const rows: Uint8Array[] = [];
  const labels: number[] = [];
  for (const file of files) {
    const batch = await readBatch(join(data, file));
    const { pixels } = batch;
    hash.update(`${basename(file)}:${pixels.length};`).update(pixels.subarray(0, 65_536));
    for (const [row, label] of batch.labels.entries()) {
      rows.push(pixels.subarray(row * PIXELS, (row + 1) * PIXELS));
      labels.push(label);
    }
  }
  if (rows.length === 0)
    throw new TenasError('DATA_INVALID', `${data}: no image has a label from 1 to ${CLASSES}`, {
      field: 'data',
      value: data,
    });
  return {
    name: 'imagenet16-120',
    classes: CLASSES,
    size: rows.length,
    height: SIDE,
    width: SIDE,
    ...NORMALISATION['imagenet16-120'],
    fingerprint: hash.digest('hex').slice(0, 16),
    origin: data,
    async read(indices, signal) {
      signal?.throwIfAborted();
      checkIndices(indices, rows.length);
      return indices.map((index) => rows[index]!);
    },
    async labels(indices, signal) {
      signal?.throwIfAborted();
      checkIndices(indices, rows.length);
      return Int32Array.from(indices, (index) => labels[index]!);
    },
  };
}
