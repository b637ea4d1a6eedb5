import { clip, countText, TenasError } from '@tenas/base';
import { classCounts, type ImageSource } from '@tenas/data';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { openImageSource, showImageNotes } from '../../image-source.js';
import type { Invocation } from '../../invocation.js';
import { printResult, shownLine } from '../../io.js';
import type { infoUsage } from './options.js';

/** Classes that are named to people; `--json` has all. */
const SHOWN_CLASSES = 10;

/** A class of a dataset, as `tenas data info` describes it. */
interface ClassInfo {
  readonly label: number;
  /** null: the dataset does not hold names. */
  readonly name: string | null;
  readonly images: number;
}

/** One line about the classes; null stands for images without labels. */
function classesText(classes: readonly ClassInfo[] | null): string {
  if (classes === null) return 'none: the images are not in class folders';
  const shown = classes.slice(0, SHOWN_CLASSES).map(({ label, name, images }) => {
    // Names of folders may hold anything, such as sequences that a terminal obeys.
    return `${name === null ? label : clip(shownLine(name))} (${countText(images)})`;
  });
  const more = classes.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Pictures that are decoded to see whether they can be. */
const TRIED_IMAGES = 1000;

/** Decodes pictures of a folder, evenly spread, so that damaged ones are counted; other datasets are checked when they are opened. */
async function tryImages(source: ImageSource, signal: AbortSignal): Promise<void> {
  if (source.notes === undefined) return;
  const count = Math.min(source.size, TRIED_IMAGES);
  const indices = Array.from({ length: count }, (_, place) => Math.floor((place * source.size) / count));
  await source.read(indices, signal).catch((error: unknown) => {
    // No picture at all is a fact about the folder as well; the notes say it.
    if (!(error instanceof TenasError && error.code === 'DATA_INVALID')) throw error;
  });
}

/** `tenas data info`: what a dataset holds. */
export async function dataInfo({ given, json, io }: Invocation<typeof infoUsage>): Promise<ExitCode> {
  const source = await openImageSource(given);
  try {
    const { name, origin, size, sampledFrom = null, classes, height, width, mean, std, fingerprint } = source;
    await tryImages(source, io.signal);
    const counts = source.labels === undefined ? null : await classCounts(source, io.signal);
    const labels =
      counts?.map(
        (images, label): ClassInfo => ({ label, name: source.classNames?.[label] ?? null, images }),
      ) ?? null;
    const document = {
      ...{ name, split: given.split, origin, images: size, sampledFrom, classes, labels },
      ...{ height, width, mean, std, fingerprint, notes: source.notes ?? [] },
    };
    const of =
      sampledFrom === null
        ? ''
        : ` (a sample of ${sampledFrom.estimated ? 'about ' : ''}${countText(sampledFrom.images)})`;
    showImageNotes(io, source);
    printResult(io, json, document, () =>
      [
        `dataset      ${name}${given.split === 'training' ? '' : `, ${given.split} set`} (${origin})`,
        `images       ${countText(size)}${of}, ${name === 'folder' ? 'resized to ' : ''}${height}x${width}, ${classes} ${classes === 1 ? 'class' : 'classes'}`,
        `labels       ${classesText(labels)}`,
        // Those of pictures of one's own are not measured: networks expect ImageNet's.
        `mean         ${mean.join(', ')} (red, green, blue; 0 to 255${name === 'folder' ? '; ImageNet’s, which all pictures of folders are normalised by' : ''})`,
        `deviation    ${std.join(', ')}`,
        `fingerprint  ${fingerprint}`,
      ].join('\n'),
    );
    return exitCodes.ok;
  } finally {
    await source.close?.();
  }
}
