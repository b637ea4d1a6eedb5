import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TenasError } from '@tenas/base';
import { heldImages, readArrayImages } from './array-images.js';
import { pickledClassNames, readClassNames } from './class-names.js';
import { RecordFiles } from './record-files.js';
import { type ImageSource, NORMALISATION, type Split } from './source.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;

const FORMATS = {
  cifar10: {
    binary: 'cifar-10-batches-bin',
    python: 'cifar-10-batches-py',
    training: { files: /^data_batch_\d+(\.bin)?$/, wanted: 'data_batch_1.bin to data_batch_5.bin' },
    test: { files: /^test_batch(\.bin)?$/, wanted: 'test_batch.bin' },
    names: 'batches.meta.txt',
    meta: { file: 'batches.meta', names: 'label_names', labels: ['labels'] },
    labels: [{ what: 'label', classes: 10 }],
  },
  cifar100: {
    binary: 'cifar-100-binary',
    python: 'cifar-100-python',
    training: { files: /^train(\.bin)?$/, wanted: 'train.bin' },
    test: { files: /^test(\.bin)?$/, wanted: 'test.bin' },
    names: 'fine_label_names.txt',
    meta: { file: 'meta', names: 'fine_label_names', labels: ['fine_labels'] },
    labels: [
      { what: 'coarse label', classes: 20 },
      { what: 'fine label', classes: 100 },
    ],
  },
} as const;

/** The files of a part, all of one version. */
interface Found {
  readonly isPython: boolean;
  readonly paths: readonly string[];
}

/** Files of the folder itself or of an official folder inside it, whichever holds them, of the binary version if it is there. */
async function findFiles(name: keyof typeof FORMATS, data: string, split: Split): Promise<Found> {
  const { binary, python, [split]: part } = FORMATS[name];
  for (const folder of [data, join(data, binary), join(data, python)]) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    // A folder test/ is no file of test images.
    const names = entries.flatMap((entry) =>
      entry.isDirectory() || !part.files.test(entry.name) ? [] : [entry.name],
    );
    const binaries = names.filter((file) => file.endsWith('.bin'));
    const found = binaries.length > 0 ? binaries : names;
    if (found.length > 0) {
      return { isPython: binaries.length === 0, paths: found.sort().map((file) => join(folder, file)) };
    }
  }
  throw new TenasError(
    'DATA_MISSING',
    `data is '${data}'; it must be a folder with ${part.wanted} (or one that holds ${binary}/): the binary version of ${name}, ` +
      `which "tenas data fetch ${name}" downloads, or its Python version (${python}/)`,
    { field: 'data', value: data },
  );
}

/**
 * Opens the 50,000 training or the 10,000 test images of CIFAR-10 or CIFAR-100 (Krizhevsky 2009) in the official binary format: records of 1 (CIFAR-100: 2)
 * label bytes and 3,072 pixel bytes, planes R, G, B; or in the Python version, pickles of the same. Labels of CIFAR-100 are the fine ones. The number of images follows from the
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
  const { isPython, paths } = await findFiles(name, data, split);
  if (isPython) return await openPython(name, data, paths);
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

/** Four times an official file of CIFAR-100. */
const MOST_PYTHON_BYTES = 1 << 29;

async function openPython(
  name: keyof typeof FORMATS,
  data: string,
  paths: readonly string[],
): Promise<ImageSource> {
  const { meta, labels: kinds } = FORMATS[name];
  const { classes } = kinds.at(-1)!;
  const hash = createHash('sha256');
  const rows: Uint8Array[] = [];
  const labels: number[] = [];
  for (const path of paths) {
    const read = await readArrayImages(path, {
      ...{ pixels: PIXELS, labels: meta.labels, least: 0, most: classes - 1, maxBytes: MOST_PYTHON_BYTES },
    });
    hash.update(`${basename(path)}:${read.labels.length};`).update(read.pixels.subarray(0, 65_536));
    for (const [row, label] of read.labels.entries()) {
      rows.push(read.pixels.subarray(row * PIXELS, (row + 1) * PIXELS));
      labels.push(label);
    }
  }
  if (rows.length === 0)
    throw new TenasError('DATA_INVALID', `${data}: the files hold no image`, { field: 'data' });
  return {
    name,
    classes,
    classNames: await pickledClassNames(join(dirname(paths[0]!), meta.file), meta.names, classes),
    size: rows.length,
    height: SIDE,
    width: SIDE,
    ...NORMALISATION[name],
    fingerprint: hash.digest('hex').slice(0, 16),
    origin: data,
    ...heldImages(rows, labels),
  };
}
