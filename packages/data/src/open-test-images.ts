import { TenasError } from '@tenas/base';
import { type OpenOptions, openDataset } from './open-dataset.js';
import { type ImageSource, SPLITS } from './source.js';

/**
 * Opens all test images that a dataset has beside the training ones.
 * @returns undefined where the dataset, or its folder, has none
 * @throws TenasError as `openDataset`, but for test images that are not there
 */
export async function openTestImages(
  options: Pick<OpenOptions, 'dataset' | 'data' | 'size'>,
): Promise<ImageSource | undefined> {
  return await openDataset({ ...options, split: SPLITS[1], images: 'all' }).catch((error: unknown) => {
    const none = error instanceof TenasError && (error.field === 'split' || error.code === 'DATA_MISSING');
    if (none) return undefined;
    throw error;
  });
}
