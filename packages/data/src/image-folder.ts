import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream, TenasError } from '@tenas/base';
import { ClassFolders, imagesAndFolders, isFolder } from './class-folders.js';
import { decodeImage, inParallel } from './decode-image.js';
import { checkIndices, type DatasetName, type ImageSource, NORMALISATION, type Split } from './source.js';

/** How many other files are tried in the place of one that cannot be decoded; the first ones are of the same class. */
const MOST_REPLACEMENTS = 50;
const MAX_SAME_CLASS_ATTEMPTS = 10;
/** Images that `imagenet-1k` counts before it assumes the average size for the remaining class folders. */
const MOST_COUNTED = 20_000;
const SUFFIXES = 'jpg, png, webp, gif, tiff, avif';

interface FolderOptions {
  readonly name: Extract<DatasetName, 'folder' | 'imagenet-1k'>;
  readonly data: string;
  /** Height and width that images are resized to. */
  readonly side: number;
  /** `test`: the images of a folder beside `train/`. Default `training`. */
  readonly split?: Split | undefined;
  /** Images to count before the rest is estimated. Default: all for `folder`, 20,000 for `imagenet-1k`. */
  readonly countAtMost?: number | undefined;
}

/** Where the image of an index is: the position of its class folder and the place in that folder's list. */
interface Layout {
  readonly classes: readonly string[];
  /** The folders that are there: a class may have no test images. */
  readonly folders: ReadonlySet<string>;
  readonly size: number;
  /** Whether `size` is an estimate, as not all class folders were listed. */
  readonly estimated: boolean;
  readonly fingerprint: string;
  readonly find: (index: number) => { readonly label: number; readonly place: number };
}

function missing(data: string, problem: string): TenasError {
  return new TenasError('DATA_MISSING', `data is '${data}'; ${problem}`, { field: 'data', value: data });
}

/** Folders beside `train/` that hold test images; the first one that is there counts. */
const TEST_FOLDERS = ['val', 'valid', 'validation', 'test'];

/** The folder of the test images. */
async function findTestRoot(data: string): Promise<string> {
  if (await isFolder(join(data, 'train'))) {
    for (const name of TEST_FOLDERS) {
      if (await isFolder(join(data, name))) return join(data, name);
    }
  }
  throw missing(
    data,
    `for test images it must hold train/ and beside it one of ${TEST_FOLDERS.map((name) => `${name}/`).join(', ')}`,
  );
}

/** The folder that holds the images: `data`, or `data/train` where there is one. */
async function findRoot(data: string): Promise<string> {
  if (!(await isFolder(data)))
    throw missing(data, 'it must be a folder of images or of class folders with images');
  const train = join(data, 'train');
  return (await isFolder(train)) ? train : data;
}

/** The class folders, or `['']` for images directly in the root. */
async function classFolders(root: string, data: string, lists: ClassFolders): Promise<readonly string[]> {
  const { images, folders } = await imagesAndFolders(root);
  if (images.length === 0) {
    if (folders.length > 0) return folders;
    throw missing(data, `it holds neither images (${SUFFIXES}) nor class folders`);
  }
  for (const folder of folders) {
    if ((await lists.images(folder)).length === 0) continue;
    throw new TenasError(
      'DATA_INVALID',
      `data is '${data}'; it must hold images or class folders with images, not both: there are ${images.length} images ` +
        `(${images[0]}, ...) beside the folder ${folder}. Move either away, or give one folder`,
      { field: 'data', value: data },
    );
  }
  return [''];
}

/**
 * Counts the images of the class folders, at most about `countAtMost`.
 * @param known classes of the training images, whose labels test images have; default: those that are found
 */
async function layOut(
  root: string,
  options: FolderOptions,
  lists: ClassFolders,
  countAtMost: number,
  known?: readonly string[] | undefined,
): Promise<Layout> {
  const found = await classFolders(root, options.data, lists);
  const folders = known ?? found;
  const strange = found.find((folder) => !folders.includes(folder));
  if (strange !== undefined) {
    throw new TenasError(
      'DATA_INVALID',
      `data is '${options.data}'; ${strange === '' ? `${root} must hold class folders, as train/ does` : `${join(root, strange)} is no class of train/`}`,
      { field: 'data', value: options.data },
    );
  }
  const hash = createHash('sha256').update(folders.join('\n'));
  const counts: number[] = [];
  let total = 0;
  for (const folder of folders) {
    if (total > countAtMost) break;
    const files = found.includes(folder) ? await lists.images(folder) : [];
    hash.update(`\n/${files.join('\n')}`);
    if (files[0] !== undefined) await hashFile(hash, join(root, folder, files[0]));
    counts.push(files.length);
    total += files.length;
  }
  const fingerprint = hash.digest('hex').slice(0, 16);
  if (counts.length < folders.length) {
    // An index names a class and a place in it, taken modulo the real length once the folder is listed.
    const size = folders.length * Math.max(...counts);
    const find = (index: number) => ({
      label: index % folders.length,
      place: Math.floor(index / folders.length),
    });
    return { classes: folders, folders: new Set(found), size, estimated: true, fingerprint, find };
  }
  if (total === 0) throw missing(options.data, `no class folder holds an image (${SUFFIXES})`);
  const classes = known ?? folders.filter((_, position) => counts[position]! > 0);
  const lengths = known === undefined ? counts.filter((count) => count > 0) : counts;
  const ends: number[] = [];
  for (const length of lengths) ends.push((ends.at(-1) ?? 0) + length);
  const find = (index: number) => {
    const label = firstAbove(ends, index);
    return { label, place: index - (ends[label - 1] ?? 0) };
  };
  return { classes, folders: new Set(found), size: total, estimated: false, fingerprint, find };
}

/** Bytes of a file that the fingerprint covers: pictures of the same name and size differ early. */
const FINGERPRINTED_BYTES = 1 << 14;

/** Adds size and beginning of a file. */
async function hashFile(hash: Hash, path: string): Promise<void> {
  await using file = await open(path);
  const buffer = Buffer.alloc(FINGERPRINTED_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  hash.update(String((await file.stat()).size)).update(buffer.subarray(0, bytesRead));
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

interface Laid {
  readonly root: string;
  readonly lists: ClassFolders;
  readonly layout: Layout;
}

async function layOutTraining(options: FolderOptions): Promise<Laid> {
  const root = await findRoot(options.data);
  const lists = new ClassFolders(root);
  const all = options.name === 'imagenet-1k' ? MOST_COUNTED : Number.POSITIVE_INFINITY;
  return { root, lists, layout: await layOut(root, options, lists, options.countAtMost ?? all) };
}

/** Test images: all are counted, and the classes are those of the training images. */
async function layOutTest(options: FolderOptions): Promise<Laid> {
  const root = await findTestRoot(options.data);
  const everything = { ...options, countAtMost: Number.POSITIVE_INFINITY };
  const { classes } = (await layOutTraining(everything)).layout;
  const lists = new ClassFolders(root);
  return { root, lists, layout: await layOut(root, options, lists, Number.POSITIVE_INFINITY, classes) };
}

/**
 * Opens a folder of images: class folders (one level) or images directly in it; `train/` inside is used if present. The
 * images are counted, those of `imagenet-1k` only up to 20,000: beyond, the other class folders are taken to be as long,
 * and only the folders that are drawn are listed. Of the names, 100,000 at most are held. Files that cannot be decoded are
 * skipped, counted, and replaced by others of the same class, the same ones every time. A label is the position of the class folder
 * in the sorted list of their names; images directly in the folder have none.
 * Throws TenasError DATA_MISSING or DATA_INVALID.
 */
export async function openImageFolder(options: FolderOptions): Promise<ImageSource> {
  const { name, data, side } = options;
  const { root, lists, layout } = await (options.split === 'test' ? layOutTest : layOutTraining)(options);
  const { classes, folders, size, estimated, fingerprint, find } = layout;
  const bad = new Set<string>();
  // Labels by index, where an image of another class took the place.
  const otherLabels = new Map<number, number>();

  const readOne = async (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const random = new RandomStream('image folder', index);
    const wanted = find(index);
    for (let attempt = 0; attempt < MOST_REPLACEMENTS; attempt++) {
      signal?.throwIfAborted();
      // A class of corrupt files, or an empty one, cannot give a replacement; another one is drawn.
      const label = attempt < MAX_SAME_CLASS_ATTEMPTS ? wanted.label : random.below(classes.length);
      const folder = classes[label]!;
      const files = folders.has(folder) ? await lists.images(folder) : [];
      if (files.length === 0) continue;
      const place = attempt === 0 ? wanted.place % files.length : random.below(files.length);
      const path = join(root, folder, files[place]!);
      if (bad.has(path)) continue;
      try {
        const image = await decodeImage(path, side);
        if (label !== wanted.label) otherLabels.set(index, label);
        return image;
      } catch {
        bad.add(path);
      }
    }
    throw new TenasError(
      'DATA_INVALID',
      `${data}: ${MOST_REPLACEMENTS} files in a row could not be decoded (${bad.size} bad files so far); is it a folder of images?`,
      { field: 'data', value: data },
    );
  };

  const labels = async (indices: readonly number[], signal?: AbortSignal) => {
    signal?.throwIfAborted();
    checkIndices(indices, size);
    return Int32Array.from(indices, (index) => otherLabels.get(index) ?? find(index).label);
  };

  return {
    name,
    classes: classes.length,
    classNames: classes[0] === '' ? undefined : classes,
    size,
    sizeEstimated: estimated || undefined,
    height: side,
    width: side,
    ...NORMALISATION[name],
    fingerprint,
    origin: data,
    get skipped() {
      return bad.size;
    },
    async read(indices, signal) {
      checkIndices(indices, size);
      const images: Uint8Array[] = new Array(indices.length);
      // Class by class, so that a folder is listed once however few lists are kept.
      const places = indices.map((index, position) => ({ index, position, label: find(index).label }));
      places.sort((a, b) => a.label - b.label || a.index - b.index);
      await inParallel(places, async ({ index, position }) => {
        images[position] = await readOne(index, signal);
      });
      return images;
    },
    labels: classes[0] === '' ? undefined : labels,
  };
}
