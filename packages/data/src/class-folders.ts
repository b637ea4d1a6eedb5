import type { Dirent } from 'node:fs';
import { opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE_FILE } from './decode-image.js';

/** File names that are held at a time: ImageNet-1k has thirteen times as many. */
const MOST_NAMES = 100_000;

/** Hidden files are no pictures: macOS leaves `._x.jpg` beside `x.jpg`. */
function isImage(name: string): boolean {
  return IMAGE_FILE.test(name) && !name.startsWith('.');
}

/** Whether a file, or a link to one, may be there: opening a pipe would wait for ever. */
function mayBeFile(entry: Dirent): boolean {
  return entry.isFile() || entry.isSymbolicLink();
}

/** Images directly in a folder and the folders in it, both sorted; links to folders count, dangling ones and loops don't. */
export async function imagesAndFolders(root: string): Promise<{ images: string[]; folders: string[] }> {
  const images: string[] = [];
  const folders: string[] = [];
  for await (const entry of await opendir(root, { bufferSize: 1024 })) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    if (entry.isDirectory()) folders.push(name);
    else if (isImage(name) && mayBeFile(entry)) images.push(name);
    else if (entry.isSymbolicLink() && (await isFolder(join(root, name)))) folders.push(name);
  }
  return { images: images.sort(), folders: folders.sort() };
}

/** Whether there is a folder, or a link to one, at a path. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
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
  #names = 0;

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
    const listing = readdir(join(this.#root, folder), { withFileTypes: true }).then((entries) =>
      entries.flatMap((entry) => (isImage(entry.name) && mayBeFile(entry) ? [entry.name] : [])).sort(),
    );
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
