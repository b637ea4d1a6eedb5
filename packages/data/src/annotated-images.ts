import { join } from 'node:path';
import { readInputText, TenasError } from '@tenas/base';
import { imagesAndFolders, isFolder } from './class-folders.js';

/** The file beside the folder of images; Tiny ImageNet's has half a megabyte. */
const ANNOTATIONS = 'val_annotations.txt';
const IMAGES = 'images';
const MOST_BYTES = 1 << 26;

/** Images of one folder by the class that a file names. */
export interface AnnotatedImages {
  /** Names of files by class, sorted, as they lie below the root. */
  readonly byClass: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the test images of Tiny ImageNet: `images/` beside `val_annotations.txt`, whose lines begin with the name of a file and
 * its class. Undefined where there is no such file.
 * @throws TenasError DATA_INVALID for images that it does not name
 */
export async function annotatedImages(root: string): Promise<AnnotatedImages | undefined> {
  const path = join(root, ANNOTATIONS);
  if (!(await isFolder(join(root, IMAGES)))) return undefined;
  const text = await readInputText(path, { maxBytes: MOST_BYTES }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const classOf = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [file, name] = line.trim().split(/\s+/);
    if (file !== undefined && name !== undefined) classOf.set(file, name);
  }
  const { images } = await imagesAndFolders(join(root, IMAGES));
  const byClass = new Map<string, string[]>();
  for (const file of images) {
    const name = classOf.get(file);
    if (name === undefined) {
      throw new TenasError('DATA_INVALID', `${path}: it does not name the class of ${IMAGES}/${file}`, {
        field: path,
        value: file,
      });
    }
    const files = byClass.get(name);
    if (files === undefined) byClass.set(name, [join(IMAGES, file)]);
    else files.push(join(IMAGES, file));
  }
  return { byClass };
}
