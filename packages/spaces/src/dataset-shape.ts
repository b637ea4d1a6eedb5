import { TenasError } from '@tenas/base';

/** The images as a space needs to know them: number of classes, and the size at which the search sees them. */
export interface DatasetShape {
  /** Name of the dataset, if known: some spaces train on ImageNet at another size. */
  readonly name?: string | undefined;
  readonly classes: number;
  readonly height: number;
  readonly width: number;
}

const DATASET_SHAPES = {
  cifar10: { name: 'cifar10', classes: 10, height: 32, width: 32 },
  cifar100: { name: 'cifar100', classes: 100, height: 32, width: 32 },
  'imagenet16-120': { name: 'imagenet16-120', classes: 120, height: 16, width: 16 },
  // The search sees ImageNet-1k resized to 32x32; the final network takes 224x224.
  'imagenet-1k': { name: 'imagenet-1k', classes: 1000, height: 32, width: 32 },
} as const satisfies Record<string, DatasetShape>;

/** Datasets whose shape the protocols fix. */
export type ProtocolDataset = keyof typeof DATASET_SHAPES;

/** Names of the datasets whose shape the protocols fix. */
export const PROTOCOL_DATASETS = Object.keys(DATASET_SHAPES) as readonly ProtocolDataset[];

/**
 * Classes and image size of a dataset as the search protocols use it.
 *
 * @throws TenasError `UNKNOWN_DATASET` listing the known ones.
 */
export function datasetShape(name: string): DatasetShape {
  if (!Object.hasOwn(DATASET_SHAPES, name)) {
    throw new TenasError(
      'UNKNOWN_DATASET',
      `the shape of dataset ${JSON.stringify(name)} is not known, known are ${PROTOCOL_DATASETS.join(', ')}; give classes, height and width instead`,
      { field: 'dataset', value: name },
    );
  }
  return DATASET_SHAPES[name as ProtocolDataset];
}
