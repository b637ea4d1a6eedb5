import { checkInteger, checkOneOf, TenasError } from '@tenas/base';
import { openCifar } from './cifar.js';
import { openImageFolder } from './image-folder.js';
import { openImageNet16 } from './imagenet16.js';
import { sampledImages } from './sampled-images.js';
import { DATASETS, type DatasetName, type ImageSource, SPLITS, type Split } from './source.js';
import { LARGEST_IMAGE, syntheticImages } from './synthetic.js';

export interface OpenOptions {
  readonly dataset: DatasetName;
  /** Folder with the data; not for synthetic. */
  readonly data?: string | undefined;
  /**
   * `test`: the test set, of `cifar10`, `cifar100`, and of folders with `val/`, `valid/`, `validation/` or `test/` beside `train/`.
   * Default `training`.
   */
  readonly split?: Split | undefined;
  /** Height and width: of synthetic images, or what those of a folder are resized to. Default 32. */
  readonly size?: number | undefined;
  /** Seed of synthetic images. Default 0. */
  readonly seed?: number | undefined;
  /**
   * Different images to draw from: a sample without replacement, the same one always, each read once. Default: all, but 10,000 of
   * `imagenet-1k` and `folder`, whose images take a millisecond or more to decode; `all` for all of them.
   */
  readonly images?: number | 'all' | undefined;
  /**
   * Lists every class folder of `imagenet-1k`, a second or more, where otherwise most are taken to be like those listed first. The
   * order of the images is another one. Needed to split the dataset. Default false.
   */
  readonly countAll?: boolean | undefined;
}

/** A search of ImageNet-1k draws at least a hundred thousand crops; from this many images they are varied enough. */
const MOST_DECODED = 10_000;

/**
 * Opens a data set. Throws TenasError UNKNOWN_DATASET, DATA_MISSING (naming what the folder should hold), DATA_INVALID or
 * OPTION_INVALID.
 */
export async function openDataset(options: OpenOptions): Promise<ImageSource> {
  const { dataset, split = 'training', size = 32, seed = 0, images } = options;
  if (!DATASETS.includes(dataset)) {
    throw new TenasError(
      'UNKNOWN_DATASET',
      `dataset is '${dataset}'; it must be one of ${DATASETS.join(', ')}`,
      {
        field: 'dataset',
        value: dataset,
      },
    );
  }
  const wanted = images === 'all' ? Number.MAX_SAFE_INTEGER : images;
  if (wanted !== undefined) checkInteger('images', wanted, 1, undefined, 'OPTION_INVALID');
  checkOneOf('split', split, SPLITS, 'OPTION_INVALID');
  if (split === 'test' && (dataset === 'synthetic' || dataset === 'imagenet16-120')) {
    throw new TenasError(
      'OPTION_INVALID',
      `split is 'test'; ${dataset} has no test set here: leave split out`,
      {
        field: 'split',
        value: split,
      },
    );
  }
  if (dataset === 'synthetic') {
    return syntheticImages({ size, seed, images: images === 'all' ? undefined : images });
  }
  const whole = await openWhole(options, dataset, size);
  const decoded = dataset === 'folder' || dataset === 'imagenet-1k';
  const most = decoded ? (wanted ?? MOST_DECODED) : images === 'all' ? undefined : images;
  return most === undefined ? whole : sampledImages(whole, { images: most, seed: 0 });
}

async function openWhole(
  { data, split = 'training', countAll = false }: OpenOptions,
  dataset: Exclude<DatasetName, 'synthetic'>,
  size: number,
): Promise<ImageSource> {
  if (data === undefined) {
    throw new TenasError('DATA_MISSING', `data is not given; ${dataset} needs the folder that holds it`, {
      field: 'data',
    });
  }
  checkInteger('size', size, 1, LARGEST_IMAGE, 'OPTION_INVALID');
  switch (dataset) {
    case 'cifar10':
    case 'cifar100':
      return await openCifar(dataset, data, split);
    case 'imagenet16-120':
      return await openImageNet16(data);
    case 'imagenet-1k':
    case 'folder':
      return await openImageFolder({
        ...{ name: dataset, data, side: size, split },
        countAtMost: countAll ? Number.POSITIVE_INFINITY : undefined,
      });
  }
}
