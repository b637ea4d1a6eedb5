import { plural, TenasError } from '@tenas/base';
import { ARCHIVES, type DatasetName, type ImageSource, openDataset, type Split } from '@tenas/data';
import { type Io, shownLine } from './io.js';

/**
 * Opens what `--dataset` and `--data` say: synthetic images without either, CIFAR-10 with a folder alone.
 * @throws TenasError OPTION_INVALID where a dataset needs a folder or takes none; those of the data package
 */
export async function openImageSource(options: {
  readonly dataset?: DatasetName | undefined;
  readonly data?: string | undefined;
  readonly images?: number | 'all' | undefined;
  /** Default `training`. */
  readonly split?: Split | undefined;
  /** Height and width that pictures of folders are resized to. Default 32. */
  readonly size?: number | undefined;
  /** Lists every folder, so that the images can be split. Default false. */
  readonly countAll?: boolean | undefined;
}): Promise<ImageSource> {
  const { data } = options;
  const { images, split, size, countAll } = options;
  const dataset = options.dataset ?? (data === undefined ? 'synthetic' : 'cifar10');
  if (dataset === 'synthetic') {
    if (data === undefined) return await openDataset({ dataset, images, split, size });
    throw new TenasError('OPTION_INVALID', '--data: synthetic images are computed; leave --data out', {
      field: '--data',
      value: data,
    });
  }
  if (data !== undefined) {
    const opened = openDataset({ dataset, data, images, split, size, countAll });
    if (options.dataset !== undefined) return await opened;
    return await opened.catch(async (error: unknown) => await guessed(error, data));
  }
  const fetched = dataset in ARCHIVES ? `; \`tenas data fetch ${dataset}\` gets it` : '';
  throw new TenasError(
    'OPTION_INVALID',
    `--data is required for ${dataset}; give its folder, or set TENAS_DATA${fetched}`,
    {
      field: '--data',
    },
  );
}

/** Names of classes that a hint shows. */
const SHOWN_CLASSES = 5;

/** Says that `cifar10` was a guess, and what the folder holds instead. @throws TenasError that of the guess with a hint */
async function guessed(error: unknown, data: string): Promise<never> {
  if (!(error instanceof TenasError)) throw error;
  const { code, message, field, value } = error;
  const hint =
    (await picturesIn(data)) ??
    'without --dataset it is read as cifar10; give --dataset folder for folders of pictures';
  throw new TenasError(code, `${message}; ${hint}`, { field, value, cause: error });
}

/** What to do about a folder of pictures; null: it is none. */
async function picturesIn(data: string): Promise<string | null> {
  try {
    // It counts no more than it needs.
    const { classNames } = await openDataset({ dataset: 'imagenet-1k', data });
    if (classNames === undefined) return 'it holds pictures: add --dataset folder';
    const more = classNames.length > SHOWN_CLASSES ? ', ...' : '';
    const names = `${classNames.slice(0, SHOWN_CLASSES).join(', ')}${more}`;
    return `it holds ${plural(classNames.length, 'class folder')} (${names}): add --dataset folder`;
  } catch {
    return null;
  }
}

/** Shows what a user should know of images that were read, such as files that could not be decoded. */
export function showImageNotes(io: Io, { notes = [] }: ImageSource): void {
  // Names of files may hold anything, such as sequences that a terminal obeys.
  for (const note of notes) io.err(`note: ${shownLine(note)}\n`);
}
