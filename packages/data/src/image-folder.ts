import { createHash, type Hash } from 'node:crypto';
import { open, opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TenasError } from '@tenas/graph';
import { decodeImage, IMAGE_FILE, inParallel } from './decode-image.js';
import { RandomStream } from './random.js';
import { checkIndices, type DatasetName, type ImageSource, NORMALISATION } from './source.js';

/** How many other files are tried in the place of one that cannot be decoded. */
const MOST_REPLACEMENTS = 50;
/** Images in a class folder that has not been listed yet, as ImageNet-1k has on average. */
const ASSUMED_PER_CLASS = 1300;

interface FolderOptions {
  readonly name: Extract<DatasetName, 'folder' | 'imagenet-1k'>;
  readonly data: string;
  /** Height and width that images are resized to. */
  readonly side: number;
}

async function directories(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}

async function imageFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (!entry.isDirectory() && IMAGE_FILE.test(entry.name)) names.push(entry.name);
  }
  return names.sort();
}

/** The folder that holds the images: `data`, or `data/train` where there is one. */
async function findRoot(data: string): Promise<string> {
  const isFolder = (path: string) =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
  if (!(await isFolder(data))) {
    throw new TenasError(
      'DATA_MISSING',
      `data is '${data}'; it must be a folder of images or of class folders with images`,
      {
        field: 'data',
        value: data,
      },
    );
  }
  const train = join(data, 'train');
  return (await isFolder(train)) ? train : data;
}

/**
 * Opens a folder of images: class folders (one level) or images directly in it; `train/` inside is used if present. Nothing but
 * the names of the class folders is listed up front: an index names a class and a place in it, and only the folders that are
 * drawn are listed, once. Files that cannot be decoded are skipped, counted, and replaced by others of the same class, the same
 * ones every time. Throws TenasError DATA_MISSING or DATA_INVALID.
 */
export async function openImageFolder({ name, data, side }: FolderOptions): Promise<ImageSource> {
  const root = await findRoot(data);
  const flat = await imageFiles(root);
  const classes = flat.length > 0 ? [''] : await directories(root);
  if (classes.length === 0) {
    throw new TenasError(
      'DATA_MISSING',
      `data is '${data}'; it holds neither images (jpg, png, webp, gif, tiff, avif) nor class folders`,
      {
        field: 'data',
        value: data,
      },
    );
  }
  const listings = new Map<string, Promise<string[]>>();
  if (flat.length > 0) listings.set('', Promise.resolve(flat));
  const listing = (folder: string): Promise<string[]> => {
    let files = listings.get(folder);
    if (!files) {
      files = imageFiles(join(root, folder));
      listings.set(folder, files);
    }
    return files;
  };
  const perClass =
    flat.length > 0
      ? flat.length
      : name === 'imagenet-1k'
        ? ASSUMED_PER_CLASS
        : await largestClass(classes, listing);
  const bad = new Set<string>();

  const readOne = async (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const random = new RandomStream('image folder', index);
    const first = classes[index % classes.length]!;
    for (let attempt = 0; attempt < MOST_REPLACEMENTS; attempt++) {
      signal?.throwIfAborted();
      // An empty class cannot give a replacement; another one is drawn.
      const folder = attempt < 10 ? first : classes[random.below(classes.length)]!;
      const files = await listing(folder);
      if (files.length === 0) continue;
      // Folders differ in length: the place in the class is taken modulo its real size.
      const place =
        attempt === 0 ? Math.floor(index / classes.length) % files.length : random.below(files.length);
      const path = join(root, folder, files[place]!);
      if (bad.has(path)) continue;
      try {
        return await decodeImage(path, side);
      } catch {
        bad.add(path);
      }
    }
    throw new TenasError(
      'DATA_INVALID',
      `${data}: ${MOST_REPLACEMENTS} files in a row could not be decoded (${bad.size} bad files so far); is it a folder of images?`,
      {
        field: 'data',
        value: data,
      },
    );
  };

  const size = classes.length * perClass;
  return {
    name,
    classes: classes.length,
    size,
    height: side,
    width: side,
    ...NORMALISATION[name],
    fingerprint: await folderFingerprint(root, classes, listing),
    origin: data,
    get skipped() {
      return bad.size;
    },
    async read(indices, signal) {
      checkIndices(indices, size);
      const pixels = new Uint8Array(indices.length * 3 * side * side);
      await inParallel(indices, async (index, position) => {
        pixels.set(await readOne(index, signal), position * 3 * side * side);
      });
      return pixels;
    },
  };
}

/** Images of the largest class, so that every image of an ordinary folder can be drawn. */
async function largestClass(
  classes: readonly string[],
  listing: (folder: string) => Promise<string[]>,
): Promise<number> {
  let largest = 0;
  for (const folder of classes) largest = Math.max(largest, (await listing(folder)).length);
  if (largest === 0)
    throw new TenasError('DATA_MISSING', 'no class folder holds an image (jpg, png, webp, gif, tiff, avif)', {
      field: 'data',
    });
  return largest;
}

/** Bytes of a file that the fingerprint covers: pictures of equal size differ early in what is compressed. */
const FINGERPRINTED_BYTES = 1 << 16;

/** Hash of the class names, of the file names of a few classes, and of the contents of a few files of those. */
async function folderFingerprint(
  root: string,
  classes: readonly string[],
  listing: (folder: string) => Promise<string[]>,
): Promise<string> {
  const hash = createHash('sha256').update(classes.join('\n'));
  for (const place of [0, 0.33, 0.66]) {
    const folder = classes[Math.floor(place * classes.length)]!;
    const files = await listing(folder);
    hash.update(files.join('\n'));
    for (const index of new Set([0, files.length >> 1, files.length - 1])) {
      const file = files[index];
      if (file !== undefined) await hashFile(hash, join(root, folder, file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Adds size and beginning of a file. */
async function hashFile(hash: Hash, path: string): Promise<void> {
  await using file = await open(path);
  const buffer = Buffer.alloc(FINGERPRINTED_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  hash.update(String((await file.stat()).size)).update(buffer.subarray(0, bytesRead));
}
