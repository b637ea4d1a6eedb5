import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { type ClassFolders, imagesAndFolders } from './class-folders.js';
import { IMAGE_KINDS } from './decode-image.js';

/** Levels of folders that are looked through for images. */
const MOST_LEVELS = 4;
/** Folders that are listed in the search for images. */
const MOST_FOLDERS = 200_000;

/** Folder of each class by its name, below a root and sorted by name; `''` stands for images directly in the root. */
export type ClassPlaces = ReadonlyMap<string, string>;

function invalid(data: string, problem: string): TenasError {
  return new TenasError('DATA_INVALID', `data is '${data}'; ${problem}`, { field: 'data', value: data });
}

/**
 * Finds the class folders below a root: folders with images in it, or else folders further down (`n01443537/images/`, `c/church/indoor/`), or `['']`
 * for images directly in the root.
 * @param everything whether all folders are looked into; otherwise the first that holds images decides for all
 * @throws TenasError DATA_MISSING, DATA_INVALID where both are there, or where folders hold the same classes twice
 */
export async function findClasses(
  root: string,
  { data, lists, everything }: { data: string; lists: ClassFolders; everything: boolean },
): Promise<ClassPlaces> {
  const { images, folders } = await imagesAndFolders(root);
  if (images.length === 0 && folders.length === 0) {
    throw new TenasError(
      'DATA_MISSING',
      `data is '${data}'; it holds neither images (${IMAGE_KINDS}) nor class folders`,
      { field: 'data', value: data },
    );
  }
  if (images.length > 0) {
    for (const folder of folders) {
      if ((await lists.images(folder)).length === 0) continue;
      throw invalid(
        data,
        `it must hold images or class folders with images, not both: there are ${images.length} images ` +
          `(${images[0]}, ...) beside the folder ${folder}. Move either away, or give one folder`,
      );
    }
    return new Map([['', '']]);
  }
  const nested = await nestedFolders(root, folders, lists, everything);
  if (nested === null) return new Map(folders.map((folder) => [folder, folder]));
  return namedByPath(data, nested);
}

/** The folders with images as lists of names, where some lie deeper than directly in the root; null where none does. */
async function nestedFolders(
  root: string,
  folders: readonly string[],
  lists: ClassFolders,
  everything: boolean,
): Promise<string[][] | null> {
  const found: string[][] = [];
  const seen = new Set([await realpath(root)]);
  let isNested = false;
  for (const folder of folders) {
    if ((await lists.images(folder)).length > 0) {
      if (!everything) return null;
      found.push([folder]);
      continue;
    }
    const below = await foldersWithImages(root, [folder], lists, seen);
    isNested ||= below.length > 0;
    found.push(...below);
  }
  return isNested ? found : null;
}

async function foldersWithImages(
  root: string,
  path: readonly string[],
  lists: ClassFolders,
  seen: Set<string>,
): Promise<string[][]> {
  const found: string[][] = [];
  const waiting: (readonly string[])[] = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const real = await realpath(join(root, ...next));
    // A link may lead back, or to what was seen by another way.
    if (seen.has(real) || seen.size > MOST_FOLDERS) continue;
    seen.add(real);
    const { images, folders } = await imagesAndFolders(real);
    if (images.length > 0) found.push([...next]);
    else if (next.length < MOST_LEVELS) for (const folder of folders) waiting.push([...next, folder]);
  }
  // Counts what is passed over there.
  for (const folder of found) await lists.images(join(...folder));
  return found;
}

/** Names classes by the parts of their paths that tell them apart. */
function namedByPath(data: string, paths: readonly string[][]): ClassPlaces {
  let names = paths.map((path) => path);
  // All in one folder, such as images/.
  while (names.every((name) => name.length > 1 && name[0] === names[0]![0])) names = names.map(withoutFirst);
  // Each in a folder of the same name, such as n01443537/images/.
  while (names.every((name) => name.length > 1 && name.at(-1) === names[0]!.at(-1)))
    names = names.map((name) => name.slice(0, -1));
  // By their first letter, as SUN397.
  if (names.every(([letter, next]) => next !== undefined && letter?.length === 1 && next.startsWith(letter)))
    names = names.map(withoutFirst);
  const inner = new Map<string, string>();
  for (const name of names) {
    if (name.length < 2) continue;
    const rest = withoutFirst(name).join('/');
    const other = inner.get(rest);
    if (other !== undefined && other !== name[0]) {
      throw invalid(
        data,
        `its folders ${other} and ${name[0]} both hold a class ${rest}, as domains or parts of a dataset do; give one of them`,
      );
    }
    inner.set(rest, name[0]!);
  }
  const places = names.map((name, at) => [name.join('/'), join(...paths[at]!)] as const);
  return new Map(places.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const withoutFirst = (name: readonly string[]): string[] => name.slice(1);
