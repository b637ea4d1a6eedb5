import { TenasError } from '@tenas/graph';
import { openCifar } from './cifar.js';
import { openImageFolder } from './image-folder.js';
import { openImageNet16 } from './imagenet16.js';
import { DATASETS, type DatasetName, type ImageSource } from './source.js';
import { syntheticImages } from './synthetic.js';

export interface OpenOptions {
  readonly dataset: DatasetName;
  /** Folder with the data; not for synthetic. */
  readonly data?: string;
  /** Height and width: of synthetic images, or what those of a folder are resized to. Default 32. */
  readonly size?: number;
  /** Seed of synthetic images. Default 0. */
  readonly seed?: number;
}

/**
 * Opens a data set. Throws TenasError UNKNOWN_DATASET, DATA_MISSING (naming what the folder should hold), DATA_INVALID or
 * OPTION_INVALID.
 */
export async function openDataset(options: OpenOptions): Promise<ImageSource> {
  const { dataset, data, size = 32, seed = 0 } = options;
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
  if (dataset === 'synthetic') return syntheticImages({ size, seed });
  if (data === undefined) {
    throw new TenasError('DATA_MISSING', `data is not given; ${dataset} needs the folder that holds it`, {
      field: 'data',
    });
  }
  if (!Number.isInteger(size) || size < 1 || size > 512) {
    throw new TenasError('OPTION_INVALID', `size is ${size}; it must be a whole number from 1 to 512`, {
      field: 'size',
      value: size,
    });
  }
  switch (dataset) {
    case 'cifar10':
    case 'cifar100':
      return await openCifar(dataset, data);
    case 'imagenet16-120':
      return await openImageNet16(data);
    case 'imagenet-1k':
    case 'folder':
      return await openImageFolder({ name: dataset, data, side: size });
  }
}
