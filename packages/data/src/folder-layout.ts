import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { plural, TenasError } from '@tenas/base';
import { annotatedImages } from './annotated-images.js';
import { ClassFolders, type NamedFiles, type PassedOver } from './class-folders.js';
import { findClasses } from './class-places.js';
import { IMAGE_KINDS } from './decode-image.js';
import type { DatasetName, Split } from './source.js';
import { testFolder, trainingFolder } from './split-folders.js';

/** Images that `imagenet-1k` counts before it assumes the average size for the remaining class folders. */
const MOST_COUNTED = 20_000;

/** Where images in folders lie. */
export interface FolderOptions {
  readonly name: Extract<DatasetName, 'folder' | 'imagenet-1k'>;
  readonly data: string;
  /** Height and width that images are resized to. */
  readonly side: number;
  /** `test`: the images of a folder beside `train/`. Default `training`. */
  readonly split?: Split | undefined;
  /** Images to count before the rest is estimated. Default: all for `folder`, 20,000 for `imagenet-1k`. */
  readonly countAtMost?: number | undefined;
}

/** Where the image of an index is: the position of its class and the place in that class's list. */
export interface FolderLayout {
  /** Names of the classes by label; `''` alone stands for images in no class. */
  readonly classes: readonly string[];
  readonly size: number;
  /** Whether `size` is an estimate, as not all class folders were listed. */
  readonly estimated: boolean;
  readonly fingerprint: string;
  readonly find: (index: number) => { readonly label: number; readonly place: number };
  /** Sorted names of the images of a class; none for a class without images. */
  readonly files: (label: number) => Promise<readonly string[]>;
  readonly path: (label: number, file: string) => string;
  /** What was assumed and what was passed over, as sentences. */
  readonly notes: () => readonly string[];
}

/** The images of one folder, by class. */
interface Listed {
  readonly root: string;
  /** Names of the classes that are there, sorted. */
  readonly found: readonly string[];
  /** Sorted names of files below the root. */
  readonly images: (name: string) => Promise<readonly string[]>;
  /** What the names of files are below, for the fingerprint and for paths. */
  readonly folderOf: (name: string) => string;
  readonly notes: () => readonly string[];
}

async function listTraining(options: FolderOptions, countAtMost: number): Promise<Listed> {
  const { root, notes } = await trainingFolder(options.data);
  return await listFolders(root, notes, options.data, countAtMost === Number.POSITIVE_INFINITY);
}

async function listFolders(
  root: string,
  notes: readonly string[],
  data: string,
  everything: boolean,
): Promise<Listed> {
  const lists = new ClassFolders(root);
  const places = await findClasses(root, { data, lists, everything });
  return {
    root,
    found: [...places.keys()],
    images: (name) => lists.images(places.get(name)!),
    folderOf: (name) => places.get(name)!,
    notes: () => [...notes, ...passedOverNotes(lists.passedOver)],
  };
}

/** What is said of files that are no images to read. */
function passedOverNotes({ unopened, unread, without }: PassedOver): string[] {
  const said = ({ count, text }: NamedFiles, noun: string, one: string, more: string) =>
    count === 0 ? [] : [`${plural(count, noun)} ${count === 1 ? one : more}: ${text}`];
  return [
    ...said(unopened, 'file', 'cannot be opened and is left out', 'cannot be opened and are left out'),
    ...said(
      unread,
      'picture',
      `is of another kind than ${IMAGE_KINDS}, and left out`,
      `are of other kinds than ${IMAGE_KINDS}, and left out`,
    ),
    ...said(
      without,
      'folder',
      `has no image to read (${IMAGE_KINDS}) and is no class`,
      `have no image to read (${IMAGE_KINDS}) and are no classes`,
    ),
  ];
}

/** Lays out the training images: counts those of the class folders, at most about as many as are to be counted. */
export async function layOutTraining(options: FolderOptions): Promise<FolderLayout> {
  const all = options.name === 'imagenet-1k' ? MOST_COUNTED : Number.POSITIVE_INFINITY;
  const countAtMost = options.countAtMost ?? all;
  return await layOut(await listTraining(options, countAtMost), options, countAtMost);
}

/** Lays out the test images: all are counted, and the classes are those of the training images. */
export async function layOutTest(options: FolderOptions): Promise<FolderLayout> {
  const { data } = options;
  const { root, notes } = await testFolder(data);
  const everything = { ...options, countAtMost: Number.POSITIVE_INFINITY };
  const training = await trainingFolder(data);
  const { classes } = await layOutTraining(everything);
  const annotated = await annotatedImages(root);
  const listed: Listed =
    annotated === undefined
      ? await listFolders(root, notes, data, true)
      : {
          root,
          found: [...annotated.byClass.keys()].sort(),
          images: async (name) => annotated.byClass.get(name) ?? [],
          folderOf: () => '',
          notes: () => notes,
        };
  // Where only one part is there, it is its own training part.
  const known = training.root === root ? undefined : classes;
  return await layOut(listed, everything, Number.POSITIVE_INFINITY, known);
}

/** @param known classes of the training images, whose labels test images have; default: those that are found */
async function layOut(
  { root, found, images, folderOf, notes }: Listed,
  { data }: FolderOptions,
  countAtMost: number,
  known?: readonly string[] | undefined,
): Promise<FolderLayout> {
  const names = known ?? found;
  const strange = found.find((name) => !names.includes(name));
  if (strange !== undefined) {
    throw new TenasError(
      'DATA_INVALID',
      `data is '${data}'; ${strange === '' ? `${root} must hold class folders, as train/ does` : `${join(root, strange)} is no class of train/`}`,
      { field: 'data', value: data },
    );
  }
  const there = new Set(found);
  const list = async (name: string) => (there.has(name) ? await images(name) : []);
  const hash = createHash('sha256').update(names.join('\n'));
  const counts: number[] = [];
  let total = 0;
  for (const name of names) {
    if (total > countAtMost) break;
    const files = await list(name);
    hash.update(`\n/${files.join('\n')}`);
    await hashFirstFile(hash, files, (file) => join(root, folderOf(name), file));
    counts.push(files.length);
    total += files.length;
  }
  const fingerprint = hash.digest('hex').slice(0, 16);
  const filesOf = (classes: readonly string[]) => ({
    files: (label: number) => list(classes[label]!),
    path: (label: number, file: string) => join(root, folderOf(classes[label]!), file),
  });
  if (counts.length < names.length) {
    // An index names a class and a place in it, taken modulo the real length once the folder is listed.
    const size = names.length * Math.max(...counts);
    const find = (index: number) => ({
      label: index % names.length,
      place: Math.floor(index / names.length),
    });
    return { classes: names, ...filesOf(names), size, estimated: true, fingerprint, find, notes };
  }
  if (total === 0) {
    const [why] = notes();
    throw new TenasError(
      'DATA_MISSING',
      `data is '${data}'; no class folder holds an image (${IMAGE_KINDS})${why === undefined ? '' : `; ${why}`}`,
      { field: 'data', value: data },
    );
  }
  const classes = known ?? names.filter((_, position) => counts[position]! > 0);
  const lengths = known === undefined ? counts.filter((count) => count > 0) : counts;
  const ends: number[] = [];
  for (const length of lengths) ends.push((ends.at(-1) ?? 0) + length);
  const find = (index: number) => {
    const label = firstAbove(ends, index);
    return { label, place: index - (ends[label - 1] ?? 0) };
  };
  return { classes, ...filesOf(classes), size: total, estimated: false, fingerprint, find, notes };
}

/** Bytes of a file that the fingerprint covers: pictures of the same name and size differ early. */
const FINGERPRINTED_BYTES = 1 << 14;

/** Adds size and beginning of the first file that can be opened. */
async function hashFirstFile(
  hash: Hash,
  files: readonly string[],
  pathOf: (file: string) => string,
): Promise<void> {
  for (const name of files) {
    try {
      await using file = await open(pathOf(name));
      const buffer = Buffer.alloc(FINGERPRINTED_BYTES);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      hash.update(String((await file.stat()).size)).update(buffer.subarray(0, bytesRead));
      return;
    } catch {
      // Without permission, say. It is counted when it is to be decoded.
    }
  }
}

/** Position of the first value above `wanted` in an ascending list. */
function firstAbove(ascending: readonly number[], wanted: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
