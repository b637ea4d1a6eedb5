import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { RecordFiles } from './record-files.js';
import { type ImageSource, NORMALISATION } from './source.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;

const FORMATS = {
  cifar10: {
    folder: 'cifar-10-batches-bin',
    files: /^data_batch_\d+\.bin$/,
    wanted: 'data_batch_1.bin to data_batch_5.bin',
    labelBytes: 1,
    labels: 10,
    classes: 10,
  },
  cifar100: {
    folder: 'cifar-100-binary',
    files: /^train\.bin$/,
    wanted: 'train.bin',
    labelBytes: 2,
    // The coarse label comes first.
    labels: 20,
    classes: 100,
  },
} as const;

/** The folder itself or the official folder inside it, whichever holds training files. */
async function findFiles(name: keyof typeof FORMATS, data: string): Promise<string[]> {
  const format = FORMATS[name];
  for (const folder of [data, join(data, format.folder)]) {
    const names = await readdir(folder).catch(() => [] as string[]);
    const found = names.filter((file) => format.files.test(file)).sort();
    if (found.length > 0) return found.map((file) => join(folder, file));
  }
  throw new TenasError(
    'DATA_MISSING',
    `data is '${data}'; it must be a folder with ${format.wanted} (or one that holds ${format.folder}/): the binary version of ${name}, ` +
      `which "tenas data fetch ${name}" downloads`,
    { field: 'data', value: data },
  );
}

/**
 * Opens the training images of CIFAR-10 or CIFAR-100 (Krizhevsky 2009) in the official binary format: records of 1 (CIFAR-100: 2)
 * label bytes and 3,072 pixel bytes, planes R, G, B. The number of images follows from the files' sizes.
 * Throws TenasError DATA_MISSING or DATA_INVALID.
 */
export async function openCifar(name: 'cifar10' | 'cifar100', data: string): Promise<ImageSource> {
  const { labelBytes, labels, classes } = FORMATS[name];
  const recordBytes = labelBytes + PIXELS;
  const files = await RecordFiles.open(await findFiles(name, data), recordBytes, {
    whole: `${labelBytes} label + 3072 pixel bytes`,
    problem: (record) =>
      record[0]! < labels
        ? null
        : `its label is ${record[0]}; ${name} has labels from 0 to ${labels - 1} there`,
  });
  return {
    name,
    classes,
    size: files.size,
    height: SIDE,
    width: SIDE,
    ...NORMALISATION[name],
    fingerprint: files.fingerprint,
    origin: data,
    read: (indices, signal) => files.read(indices, labelBytes, signal),
  };
}
