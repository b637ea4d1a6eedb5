import type { Dirent } from 'node:fs';
import { opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { IMAGE_FILE, UNREAD_IMAGE_FILE } from './decode-image.js';

/** File names that are held at a time: ImageNet-1k has thirteen times as many. */
const MOST_NAMES = 100_000;
/** Names of files that are kept to be shown. */
const MOST_SHOWN = 3;

/** Hidden files are no pictures: macOS leaves `._x.jpg` beside `x.jpg`. */
function isImage(name: string): boolean {
  return IMAGE_FILE.test(name) && !name.startsWith('.');
}

/** Whether a file, or a link to one, is there: opening a pipe would wait for ever, and a link may lead nowhere. */
async function isFile(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return await stat(join(folder, entry.name)).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Images directly in a folder and the folders in it, both sorted; links to folders count, dangling ones and loops don't. */
export async function imagesAndFolders(root: string): Promise<{ images: string[]; folders: string[] }> {
  const images: string[] = [];
  const folders: string[] = [];
  for await (const entry of await opendir(root, { bufferSize: 1024 })) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      await requireReadableName(root, name);
      folders.push(name);
    } else if (isImage(name) && (await isFile(root, entry))) images.push(name);
    else if (entry.isSymbolicLink() && (await isFolder(join(root, name)))) folders.push(name);
  }
  return { images: images.sort(), folders: folders.sort() };
}

/** Node gives U+FFFD for bytes that are no UTF-8, as in archives of other systems, and then finds nothing by that name. */
async function requireReadableName(root: string, name: string): Promise<void> {
  if (!name.includes('\uFFFD') || (await isFolder(join(root, name)))) return;
  const path = join(root, name);
  throw new TenasError(
    'DATA_INVALID',
    `${path}: the name of this folder is no UTF-8, so that it cannot be opened; rename the folder`,
    { field: 'data', value: path },
  );
}

/** Whether there is a folder, or a link to one, at a path. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Some files, of which the first few are named. */
export class NamedFiles {
  readonly #shown: string[] = [];
  #count = 0;

  add(name: string): void {
    this.#count++;
    if (this.#shown.length < MOST_SHOWN) this.#shown.push(name);
  }

  get count(): number {
    return this.#count;
  }

  /** The first names, and whether there are more. */
  get text(): string {
    return this.#shown.join(', ') + (this.#count > this.#shown.length ? ', ...' : '');
  }
}

/** Files in class folders that are no images to read. */
export interface PassedOver {
  /** Names of images that cannot be opened: links to nothing, pipes, folders. */
  readonly unopened: NamedFiles;
  /** Images of kinds that are not read, such as HEIC. */
  readonly unread: NamedFiles;
  /** Folders without an image, and without a folder. */
  readonly without: NamedFiles;
}

/**
 * The names of the images in class folders, listed when they are asked for. The lists used last are kept, 100,000 names
 * at most by default; one that was dropped is listed again.
 */
export class ClassFolders {
  readonly #root: string;
  readonly #mostNames: number;
  readonly #lists = new Map<string, Promise<readonly string[]>>();
  readonly #sizes = new Map<string, number>();
  readonly #seen = new Set<string>();
  #names = 0;
  /** Other files in the folders that were listed. */
  readonly passedOver: PassedOver = {
    unopened: new NamedFiles(),
    unread: new NamedFiles(),
    without: new NamedFiles(),
  };

  constructor(root: string, mostNames = MOST_NAMES) {
    this.#root = root;
    this.#mostNames = mostNames;
  }

  /** Sorted names of a folder's images; '' is the root itself. */
  async images(folder: string): Promise<readonly string[]> {
    const known = this.#lists.get(folder);
    if (known !== undefined) {
      // A map keeps the order of insertion: the first is the one not used for longest.
      this.#lists.delete(folder);
      this.#lists.set(folder, known);
      return await known;
    }
    const listing = this.#list(folder);
    this.#lists.set(folder, listing);
    try {
      const names = await listing;
      this.#names += names.length;
      this.#sizes.set(folder, names.length);
      this.#dropOldest(folder);
      return names;
    } catch (error) {
      this.#lists.delete(folder);
      throw error;
    }
  }

  async #list(folder: string): Promise<readonly string[]> {
    const path = join(this.#root, folder);
    const entries = await readdir(path, { withFileTypes: true });
    const names: string[] = [];
    const isNew = !this.#seen.has(folder);
    this.#seen.add(folder);
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith('.')) continue;
      if (isImage(name) && (await isFile(path, entry))) names.push(name);
      else if (isNew && !entry.isDirectory()) {
        const { unopened, unread } = this.passedOver;
        if (isImage(name)) unopened.add(join(folder, name));
        else if (UNREAD_IMAGE_FILE.test(name)) unread.add(join(folder, name));
      }
    }
    // With folders in it, its images may lie deeper.
    const isLeaf = !entries.some((entry) => entry.isDirectory());
    if (isNew && folder !== '' && names.length === 0 && isLeaf) this.passedOver.without.add(folder);
    return names.sort();
  }

  /** Names that are held. */
  get held(): number {
    return this.#names;
  }

  #dropOldest(newest: string): void {
    for (const folder of this.#lists.keys()) {
      if (this.#names <= this.#mostNames) return;
      const size = this.#sizes.get(folder);
      if (folder === newest || size === undefined) continue;
      this.#lists.delete(folder);
      this.#sizes.delete(folder);
      this.#names -= size;
    }
  }
}
