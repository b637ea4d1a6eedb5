import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TenasError } from '@tenas/base';
import { heldImages, readArrayImages } from './array-images.js';
import { type ImageSource, NORMALISATION } from './source.js';

const SIDE = 16;
const PIXELS = 3 * SIDE * SIDE;
const CLASSES = 120;
/** Labels of the whole set, of which the first are kept. */
const ALL_CLASSES = 1000;
/** Folders that hold the files, beside `data` itself. */
const FOLDERS = ['.', 'ImageNet16', 'Imagenet16_train_npz', 'Imagenet16_train'];
const FILE = /^train_data_batch_(\d+)(\.npz)?$/;

const FORMAT = {
  pixels: PIXELS,
  labels: ['labels'],
  least: 1,
  most: ALL_CLASSES,
  // Four times the largest official file.
  maxBytes: 1 << 29,
};

/** Images of a file: `labels` [n], 0 to 119, and `pixels` [n, 768]. */
interface Batch {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** A batch's images with labels 1 to 120; the others are dropped at once, the full set being ten times as large. */
async function readBatch(path: string): Promise<Batch> {
  const { pixels: all, labels } = await readArrayImages(path, FORMAT);
  const kept = labels.flatMap((label, row) => (label <= CLASSES ? [row] : []));
  const pixels = new Uint8Array(kept.length * PIXELS);
  for (const [position, row] of kept.entries()) {
    pixels.set(all.subarray(row * PIXELS, (row + 1) * PIXELS), position * PIXELS);
  }
  return { pixels, labels: Uint8Array.from(kept, (row) => labels[row]! - 1) };
}

/** The files of the training images, in their order; of a batch that is there in both forms the pickle. */
async function findFiles(data: string): Promise<string[]> {
  for (const folder of FOLDERS.map((name) => join(data, name))) {
    const names = await readdir(folder).catch(() => [] as string[]);
    const byNumber = new Map<number, string>();
    for (const name of names.sort().reverse()) {
      const found = FILE.exec(name);
      if (found !== null) byNumber.set(Number(found[1]), name);
    }
    if (byNumber.size === 0) continue;
    return [...byNumber].sort(([a], [b]) => a - b).map(([, name]) => join(folder, name));
  }
  throw new TenasError(
    'DATA_MISSING',
    `data is '${data}'; it must be a folder with train_data_batch_1 to train_data_batch_10 of ImageNet16, as pickles or .npz, or one that holds ImageNet16/`,
    { field: 'data', value: data },
  );
}

/**
 * Opens ImageNet16-120 (Chrabaszcz et al. 2017; the 120 classes of NAS-Bench-201): the official batches
 * train_data_batch_1 to 10, pickled or as .npz, in the folder or in `ImageNet16/` there. Labels are those of the files less 1. The pickles are read by a restricted reader that can build nothing but plain data.
 * Throws TenasError DATA_MISSING or DATA_INVALID.
 */
export async function openImageNet16(data: string): Promise<ImageSource> {
  const hash = createHash('sha256');
  const rows: Uint8Array[] = [];
  const labels: number[] = [];
  for (const file of await findFiles(data)) {
    const batch = await readBatch(file);
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
    ...heldImages(rows, labels),
  };
}
