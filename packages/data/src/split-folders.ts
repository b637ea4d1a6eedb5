import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TenasError } from '@tenas/base';
import { imagesAndFolders, isFolder } from './class-folders.js';

/** Names of folders of training images, in any case; the first one that is there counts. */
const TRAINING_FOLDERS = ['train', 'training'];
/** Folders beside it that hold test images; the first one that is there counts. */
const TEST_FOLDERS = ['val', 'valid', 'validation', 'test'];
const SPLIT_FOLDERS = [...TRAINING_FOLDERS, ...TEST_FOLDERS, 'testing', 'dev', 'eval'];

/** A folder of images and what to say of it. */
export interface SplitFolder {
  readonly root: string;
  readonly notes: readonly string[];
}

function missing(data: string, problem: string): TenasError {
  return new TenasError('DATA_MISSING', `data is '${data}'; ${problem}`, { field: 'data', value: data });
}

/** The folders in `data` by wanted name: that name, or else one that differs in case alone. */
async function named(data: string, wanted: readonly string[]): Promise<string[]> {
  const names = (await readdir(data)).sort();
  const found: string[] = [];
  for (const name of wanted) {
    const same = names.filter((other) => other.toLowerCase() === name);
    for (const other of same.includes(name) ? [name] : same) {
      if (await isFolder(join(data, other))) found.push(other);
    }
  }
  return found;
}

/** Whether a folder holds images directly, and no folders. */
async function holdsImages(folder: string): Promise<boolean> {
  const { images, folders } = await imagesAndFolders(folder);
  return images.length > 0 && folders.length === 0;
}

/** Folders in `data` that have no name of a part of a dataset and hold images directly, as classes do. */
async function classesBeside(data: string): Promise<string[]> {
  const { folders } = await imagesAndFolders(data);
  const others = folders.filter((folder) => !SPLIT_FOLDERS.includes(folder.toLowerCase()));
  const found: string[] = [];
  for (const folder of others) if (await holdsImages(join(data, folder))) found.push(folder);
  return found;
}

async function requireFolder(data: string): Promise<void> {
  if (!(await isFolder(data)))
    throw missing(data, 'it must be a folder of images or of class folders with images');
}

/**
 * The folder that holds the training images: `data`, or `train/` in it, or its only other part, such as `val/`. A folder
 * `train` with pictures among other folders with pictures is a class (of trains). Without classes a part beside `train/`
 * is no test set, which needs labels: a note says that it is left out.
 * @throws TenasError DATA_MISSING
 */
export async function trainingFolder(data: string): Promise<SplitFolder> {
  const { root, notes } = await splitOf(data);
  if (root === data || notes.length > 0 || !(await holdsImages(root))) return { root, notes };
  const parts = await named(data, TEST_FOLDERS);
  return { root, notes: parts.length === 0 ? notes : [besideNote(basename(root), parts)] };
}

function besideNote(train: string, others: readonly string[]): string {
  return `the images are those of ${train}/; ${others.slice(0, 3).join(', ')} beside it is left out`;
}

async function splitOf(data: string): Promise<SplitFolder> {
  await requireFolder(data);
  const [train] = await named(data, TRAINING_FOLDERS);
  if (train !== undefined) {
    const beside = await classesBeside(data);
    if (beside.length === 0) return { root: join(data, train), notes: [] };
    if (await holdsImages(join(data, train))) {
      const note = `${train} is taken for a class, as it holds images as ${beside[0]} does`;
      return { root: data, notes: [note] };
    }
    return { root: join(data, train), notes: [besideNote(train, beside)] };
  }
  const parts = await named(data, TEST_FOLDERS);
  const { images, folders } = parts.length === 0 ? { images: [], folders: [] } : await imagesAndFolders(data);
  const isAll = images.length === 0 && folders.every((folder) => parts.includes(folder));
  if (parts.length === 0 || !isAll) return { root: data, notes: [] };
  if (parts.length > 1) {
    const choices = parts.map((part) => join(data, part)).join(', ');
    throw missing(data, `it holds ${parts.join(', ')}, but no train; give one of ${choices}`);
  }
  return {
    root: join(data, parts[0]!),
    notes: [`there is no train/; the images are those of ${parts[0]}/`],
  };
}

/** The folder of the test images: beside `train/`, or the only part that is there. @throws TenasError DATA_MISSING */
export async function testFolder(data: string): Promise<SplitFolder> {
  const training = await splitOf(data);
  const [first] = training.root === data ? [] : await named(data, TEST_FOLDERS);
  if (first !== undefined) return { root: join(data, first), notes: training.notes };
  throw missing(
    data,
    `for test images it must hold train/ and beside it one of ${TEST_FOLDERS.map((name) => `${name}/`).join(', ')}`,
  );
}
