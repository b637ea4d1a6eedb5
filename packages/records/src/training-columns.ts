import type { MetricInfo } from './scores.js';
import type { TrainingRecord } from './training-record.js';

/** Columns of a batch's CSV that only batches with trainings have, after those of every batch. */
export const TRAINING_COLUMNS = [
  'recipe',
  'epochs',
  'batchSize',
  'channels',
  'cells',
  'trainLoss',
  'validAccuracy',
  'testAccuracy',
  'imagesPerSecond',
  'weights',
] as const;

type TrainingColumn = (typeof TRAINING_COLUMNS)[number];

/** What says how good a trained network is, best known first: read like metrics. */
export const TRAINED_QUALITIES = [
  {
    name: 'testAccuracy',
    title: 'accuracy on the test images',
    symbol: 'test accuracy',
    about: 'Share of the test images that the trained network classifies as labelled.',
    better: 'higher',
    settings: {},
  },
  {
    name: 'validAccuracy',
    title: 'accuracy on the held-out images',
    symbol: 'held-out accuracy',
    about: 'Share of the images that were held out of the training ones, after the last epoch.',
    better: 'higher',
    settings: {},
  },
  {
    name: 'trainLoss',
    title: 'training loss of the last epoch',
    symbol: 'training loss',
    about: 'Mean cross-entropy of the training images in the last epoch, as they were augmented.',
    better: 'lower',
    settings: {},
  },
] as const satisfies readonly (MetricInfo & { readonly name: TrainingColumn })[];

/** The quality that a column holds; null: it holds something else. */
export function trainedQuality(column: string): MetricInfo | null {
  return TRAINED_QUALITIES.find(({ name }) => name === column) ?? null;
}

/** The {@link TRAINED_QUALITIES} of a training; null: it has none, as where there are no images for it. */
export function trainedValues({
  epochs,
  test,
}: TrainingRecord): Readonly<Record<(typeof TRAINED_QUALITIES)[number]['name'], number | null>> {
  const last = epochs.at(-1);
  return {
    testAccuracy: test?.of === 'test' ? test.accuracy : null,
    validAccuracy: last?.validAccuracy ?? null,
    trainLoss: last?.trainLoss ?? null,
  };
}
