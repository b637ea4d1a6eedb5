import { type ImageSource, type OpenOptions, openDataset, openTestImages, requireLabels } from '@tenas/data';

/** The labelled images of a dataset. */
export interface LabelledImages extends AsyncDisposable {
  /** To train on and to hold out of. */
  readonly whole: ImageSource;
  /** Undefined where the dataset has none. */
  readonly test: ImageSource | undefined;
}

/**
 * Opens all labelled images of a dataset, or as many as `images` says, and its test images.
 * @throws TenasError `LABELS_MISSING`; those of opening a dataset
 */
export async function openLabelled(
  options: Omit<OpenOptions, 'split' | 'countAll'>,
): Promise<LabelledImages> {
  const { dataset, data, size, images = 'all' } = options;
  const whole = await openDataset({ ...options, images, countAll: true });
  try {
    requireLabels(whole);
    const test = await openTestImages({ dataset, data, size });
    return {
      whole,
      test,
      async [Symbol.asyncDispose]() {
        await whole.close?.();
        await test?.close?.();
      },
    };
  } catch (error) {
    await whole.close?.();
    throw error;
  }
}
