import { TenasError } from '@tenas/base';
import {
  type ImageSource,
  type LearningTaskName,
  learningTask,
  openTestImages,
  requireLabels,
  splitSource,
  withTask,
} from '@tenas/data';
import { optionInvalid } from '../../flag-reading.js';
import { openImageSource } from '../../image-source.js';
import type { Given as GivenOf } from '../../invocation.js';
import type { trainUsage } from './options.js';

type Given = GivenOf<typeof trainUsage>;

/** The images of a training; no image is in two of the parts. */
export interface TrainingImages extends AsyncDisposable {
  readonly training: ImageSource;
  readonly validation: ImageSource | undefined;
  /** Of the dataset; undefined where it has none. */
  readonly test: ImageSource | undefined;
}

/**
 * Opens the images that `--dataset`, `--data` and `--validation` say, for a task.
 * @throws TenasError as `openImageSource`, `learningTask` and `splitSource`; LABELS_MISSING for the task `labels`
 */
export async function openTrainingImages(
  given: Given,
  taskName: LearningTaskName,
  signal: AbortSignal,
): Promise<TrainingImages> {
  const { dataset, data, images = 'all', imageSize: size, validation: held, seed } = given;
  const whole = await openImageSource({ dataset, data, images, size, countAll: true });
  try {
    if (taskName === 'labels') requireLabels(whole);
    const test = await openTestImages({ dataset: whole.name, data, size });
    const parts = held === 0 ? undefined : await split(whole, held, seed, signal);
    const task = learningTask(taskName, whole);
    const ofTask = (source: ImageSource) => (task === undefined ? source : withTask(source, task));
    return {
      training: ofTask(parts?.training ?? whole),
      validation: parts && ofTask(parts.validation),
      test: test && ofTask(test),
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

async function split(source: ImageSource, validation: number, seed: number, signal: AbortSignal) {
  return await splitSource(source, { seed, validation, signal }).catch((error: unknown) => {
    if (!(error instanceof TenasError && error.field === 'validation')) throw error;
    throw optionInvalid('--validation', validation, `less than the ${source.size} images that there are`);
  });
}
