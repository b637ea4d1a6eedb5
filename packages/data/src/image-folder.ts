import { relative } from 'node:path';
import { plural, RandomStream, TenasError } from '@tenas/base';
import { NamedFiles } from './class-folders.js';
import { decodeImage, inParallel } from './decode-image.js';
import { type FolderOptions, layOutTest, layOutTraining } from './folder-layout.js';
import { checkIndices, type ImageSource, NORMALISATION } from './source.js';

/** How many other files are tried in the place of one that cannot be decoded; the first ones are of the same class. */
const MOST_REPLACEMENTS = 50;
const MAX_SAME_CLASS_ATTEMPTS = 10;

/**
 * Opens a folder of images: class folders or images directly in it; `train/` inside is used if present. Classes may lie
 * deeper (`n01443537/images/`, `c/church/indoor/`). The images are counted, those of `imagenet-1k` only up to 20,000:
 * beyond, the other class folders are taken to be as long, and only the folders that are drawn are listed. Of the names,
 * 100,000 at most are held. Files that cannot be decoded are skipped, counted, named in `notes`, and replaced by others
 * of the same class, the same ones every time. Photos of `folder` are turned upright by their EXIF orientation; those of
 * `imagenet-1k` stay as they are stored, as torchvision reads them and all published results do. A label is the position of the class in the sorted list of the names;
 * images directly in the folder have none.
 * Throws TenasError DATA_MISSING or DATA_INVALID.
 */
export async function openImageFolder(options: FolderOptions): Promise<ImageSource> {
  const { name, data, side } = options;
  const layout = await (options.split === 'test' ? layOutTest : layOutTraining)(options);
  const { classes, size, estimated, fingerprint, find } = layout;
  const bad = new Set<string>();
  const badNames = new NamedFiles();
  const equal = new EqualImages();
  // Labels by index, where an image of another class took the place.
  const otherLabels = new Map<number, number>();

  const readOne = async (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const random = new RandomStream('image folder', index);
    const wanted = find(index);
    for (let attempt = 0; attempt < MOST_REPLACEMENTS; attempt++) {
      signal?.throwIfAborted();
      // A class of corrupt files, or an empty one, cannot give a replacement; another one is drawn.
      const label = attempt < MAX_SAME_CLASS_ATTEMPTS ? wanted.label : random.below(classes.length);
      const files = await layout.files(label);
      if (files.length === 0) continue;
      const place = attempt === 0 ? wanted.place % files.length : random.below(files.length);
      const path = layout.path(label, files[place]!);
      if (bad.has(path)) continue;
      try {
        const image = await decodeImage(path, { side, isUpright: name === 'folder' });
        if (label !== wanted.label) otherLabels.set(index, label);
        return image;
      } catch (error) {
        // The decoder itself is missing: no file is to blame.
        if (error instanceof TenasError && error.code === 'DEPENDENCY_MISSING') throw error;
        // Several readers may have tried it at once.
        if (!bad.has(path)) badNames.add(relative(data, path));
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
    get notes() {
      const undecoded =
        bad.size === 0
          ? []
          : [
              `${plural(bad.size, 'file')} could not be decoded; other images took their place: ${badNames.text}`,
            ];
      return [...layout.notes(), ...undecoded, ...equal.notes];
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
      equal.look(indices, images);
      return images;
    },
    labels: classes[0] === '' ? undefined : labels,
  };
}

/** Looks whether all images that were read are the same, until one differs. */
class EqualImages {
  readonly #indices = new Set<number>();
  #first: Uint8Array | null = null;
  #differ = false;

  look(indices: readonly number[], images: readonly Uint8Array[]): void {
    if (this.#differ) return;
    for (const [position, image] of images.entries()) {
      this.#first ??= image.slice();
      if (Buffer.compare(this.#first, image) !== 0) {
        this.#differ = true;
        return;
      }
      this.#indices.add(indices[position]!);
    }
  }

  get notes(): readonly string[] {
    const { size } = this.#indices;
    if (this.#differ || size < 2) return [];
    return [
      `the ${size} pictures that were read are all equal; a network learns nothing of them, and kernels are singular`,
    ];
  }
}
