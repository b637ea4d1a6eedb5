import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TenasError } from '@tenas/base';
import { readClassNames } from './class-names.js';
import { RecordFiles } from './record-files.js';
import { type ImageSource, NORMALISATION, type Split } from './source.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;

const FORMATS = {
  cifar10: {
    folder: 'cifar-10-batches-bin',
    training: { files: /^data_batch_\d+\.bin$/, wanted: 'data_batch_1.bin to data_batch_5.bin' },
    test: { files: /^test_batch\.bin$/, wanted: 'test_batch.bin' },
    names: 'batches.meta.txt',
    labels: [{ what: 'label', classes: 10 }],
  },
  cifar100: {
    folder: 'cifar-100-binary',
    training: { files: /^train\.bin$/, wanted: 'train.bin' },
    test: { files: /^test\.bin$/, wanted: 'test.bin' },
    names: 'fine_label_names.txt',
    labels: [
      { what: 'coarse label', classes: 20 },
      { what: 'fine label', classes: 100 },
    ],
  },
} as const;

/** The folder itself or the official folder inside it, whichever holds the files. */
async function findFiles(name: keyof typeof FORMATS, data: string, split: Split): Promise<string[]> {
  const { folder: official, [split]: part } = FORMATS[name];
  for (const folder of [data, join(data, official)]) {
    const names = await readdir(folder).catch(() => [] as string[]);
    const found = names.filter((file) => part.files.test(file)).sort();
    if (found.length > 0) return found.map((file) => join(folder, file));
  }
  throw new TenasError(
    'DATA_MISSING',
    `data is '${data}'; it must be a folder with ${part.wanted} (or one that holds ${official}/): the binary version of ${name}, ` +
      `which "tenas data fetch ${name}" downloads`,
    { field: 'data', value: data },
  );
}

/**
 * Opens the 50,000 training or the 10,000 test images of CIFAR-10 or CIFAR-100 (Krizhevsky 2009) in the official binary format: records of 1 (CIFAR-100: 2)
 * label bytes and 3,072 pixel bytes, planes R, G, B. Labels of CIFAR-100 are the fine ones. The number of images follows from the
 * files' sizes; class names are those of batches.meta.txt or fine_label_names.txt beside them, if it is there.
 * Throws TenasError DATA_MISSING or DATA_INVALID.
 */
export async function openCifar(
  name: 'cifar10' | 'cifar100',
  data: string,
  split: Split,
): Promise<ImageSource> {
  const { labels, names } = FORMATS[name];
  // The last label is the one that counts.
  const classes = labels.at(-1)!.classes;
  const labelBytes = labels.length;
  const paths = await findFiles(name, data, split);
  const files = await RecordFiles.open(paths, labelBytes + PIXELS, {
    whole: `${labelBytes} label + 3072 pixel bytes`,
    problem(record) {
      const position = labels.findIndex((label, position) => record[position]! >= label.classes);
      if (position < 0) return null;
      const { what, classes } = labels[position]!;
      return `its ${what} is ${record[position]}; ${what}s of ${name} are from 0 to ${classes - 1}`;
    },
  });
  return {
    name,
    classes,
    classNames: await readClassNames(join(dirname(paths[0]!), names), classes),
    size: files.size,
    height: SIDE,
    width: SIDE,
    ...NORMALISATION[name],
    fingerprint: files.fingerprint,
    origin: data,
    read: (indices, signal) => files.read(indices, labelBytes, signal),
    async labels(indices, signal) {
      const records = await files.read(indices, labelBytes - 1, signal);
      return Int32Array.from(records, ([label]) => label!);
    },
  };
}
