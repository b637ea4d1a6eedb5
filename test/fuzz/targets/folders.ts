import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RandomStream } from '@tenas/base';
import { openDataset } from '@tenas/data';
import { byteTarget, type FuzzTarget } from '../target.js';
import { pickledImages } from './sample-files.js';

/** Files in memory, where the system has that: a disk would be most of the time. */
const MEMORY = '/dev/shm';
let root: string | undefined;

/** An empty folder, the same one every time. */
function emptyFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'tenas-fuzz-'));
    root = made;
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  } else {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
  }
  return root;
}

/** Opens a dataset of one damaged file, and reads its first image and label. */
async function readDataset(
  dataset: 'cifar10' | 'cifar100' | 'imagenet16-120',
  file: string,
  bytes: Uint8Array,
) {
  const data = emptyFolder();
  writeFileSync(join(data, file), bytes);
  const source = await openDataset({ dataset, data });
  await source.labels?.([0, source.size - 1]);
  return await source.read([0, source.size - 1]);
}

const records = (count: number, size: number): Uint8Array =>
  Uint8Array.from({ length: count * size }, (_, at) => (at % size < 2 ? at % 9 : at % 251));

/** A picture of one pixel. */
const PIXEL = Buffer.concat([Buffer.from('P6\n1 1\n255\n'), Buffer.of(1, 2, 3)]);
const PARTS = [
  'train',
  'Train',
  'val',
  'test',
  'images',
  'a',
  'b',
  'b',
  '\u202e',
  '-rf',
  '%2e',
  '[1]*',
  'x'.repeat(200),
  'n01',
  'é',
  'é',
  ' ',
  '__proto__',
  'constructor',
];
const FILES = [
  '0.png',
  '1.ppm',
  '.hidden.png',
  'val_annotations.txt',
  '0.heic',
  'x.txt',
  'UPPER.PPM',
  'no suffix',
  '\u0007.ppm',
];
const one = <T>(list: readonly T[], random: RandomStream): T => list[random.below(list.length)]!;

/** A tree of folders and files as JSON: paths and contents. */
function tree(seed: number, number: number): Uint8Array {
  const random = new RandomStream('fuzz', 'image-folder', seed, number);
  const files = Array.from({ length: 1 + random.below(12) }, () => {
    const depth = random.below(5);
    return [
      [...Array.from({ length: depth }, () => one(PARTS, random)), one(FILES, random)].join('/'),
      one(['picture', 'picture', 'picture', 'junk', 'empty', '0.png a\n1.ppm b'], random),
    ];
  });
  return Buffer.from(JSON.stringify(files));
}

async function readTree(input: Uint8Array): Promise<unknown> {
  const files: unknown = JSON.parse(Buffer.from(input).toString());
  const data = emptyFolder();
  for (const [path, content] of files as [string, string][]) {
    try {
      mkdirSync(dirname(join(data, path)), { recursive: true });
      writeFileSync(join(data, path), content === 'picture' ? PIXEL : content === 'empty' ? '' : content);
    } catch {
      // A file is where a folder should be, or the other way round.
    }
  }
  const source = await openDataset({ dataset: 'folder', data, size: 2, images: 'all' });
  await source.read([0, source.size - 1]);
  await source.labels?.([0, source.size - 1]);
  if (source.size % 2 === 0) await openDataset({ dataset: 'folder', data, size: 2, split: 'test' });
  return source.notes;
}

/** Readers of datasets in folders. */
export const folderTargets: readonly FuzzTarget[] = [
  byteTarget({
    name: 'cifar10-binary',
    seeds: () => [records(3, 3073)],
    read: (bytes) => readDataset('cifar10', 'data_batch_1.bin', bytes),
  }),
  byteTarget({
    name: 'cifar100-python',
    seeds: () => [pickledImages(3, 3072, 'fine_labels')],
    read: (bytes) => readDataset('cifar100', 'train', bytes),
  }),
  byteTarget({
    name: 'imagenet16',
    seeds: () => [pickledImages(3, 768, 'labels')],
    read: (bytes) => readDataset('imagenet16-120', 'train_data_batch_1', bytes),
  }),
  { name: 'image-folder', input: tree, read: readTree },
];
