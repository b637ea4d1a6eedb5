import { type ImageSource, type LearningTaskName, shrunkImages } from '@tenas/data';

/** How networks are trained on a task. */
export interface TaskSettings {
  /** Height and width of the images. */
  readonly side: number;
  /** Training images, and images to judge by. */
  readonly images: number;
  readonly validation: number;
  /** Images per step. */
  readonly batchSize: number;
  readonly epochs: number;
  /** Learning rate at the start; it falls to 0 by half a cosine. */
  readonly rate: number;
  /** Channels and cells of the networks. */
  readonly channels: number;
  readonly cells: number;
}

/** Samples of which the statistics of batch norms are re-estimated before each evaluation, as published. */
export const PRECISE_SAMPLES = 1024;

type Figures = Pick<TaskSettings, 'side' | 'images' | 'validation' | 'batchSize' | 'rate'>;

/** Steps and samples are about the same in all tasks; jigsaw keeps larger images, as tiles of six pixels are too small. */
const FIGURES: Readonly<Record<LearningTaskName, Figures>> = {
  labels: { side: 16, images: 4000, validation: 1000, batchSize: 64, rate: 0.1 },
  rotation: { side: 16, images: 2000, validation: 500, batchSize: 16, rate: 0.1 },
  jigsaw: { side: 32, images: 2000, validation: 1000, batchSize: 16, rate: 0.1 },
  'jigsaw-3x3': { side: 96, images: 2000, validation: 1000, batchSize: 16, rate: 0.1 },
  colorization: { side: 16, images: 4000, validation: 1000, batchSize: 64, rate: 0.1 },
  'colorization-32': { side: 16, images: 4000, validation: 1000, batchSize: 64, rate: 0.1 },
};

/** The settings of a task for some images: no more of them than there are, and no larger ones. */
export function taskSettings(
  task: LearningTaskName,
  source: ImageSource,
  { epochs, channels, cells }: Pick<TaskSettings, 'epochs' | 'channels' | 'cells'>,
): TaskSettings {
  const { side, images, validation, ...figures } = FIGURES[task];
  const share = Math.min(1, source.size / (images + validation));
  return {
    side: source.height % side === 0 ? side : source.height,
    images: Math.max(1, Math.floor(share * images)),
    validation: Math.max(1, Math.floor(share * validation)),
    ...figures,
    ...{ epochs, channels, cells },
  };
}

/** The images at the size of a task. */
export function imagesFor(source: ImageSource, { side }: TaskSettings): ImageSource {
  return shrunkImages(source, side);
}
