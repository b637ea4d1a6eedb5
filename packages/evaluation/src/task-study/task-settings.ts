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
  /** Whether training images are cropped and flipped. */
  readonly augment: boolean;
  /** Channels and cells of the networks. */
  readonly channels: number;
  readonly cells: number;
}

/** Samples of which the statistics of batch norms are re-estimated before each evaluation, as published. */
export const PRECISE_SAMPLES = 1024;

/** For networks of labels and of tasks alike. */
const SHARED = { epochs: 8, rate: 0.05, augment: false, channels: 4, cells: 1 } as const;

/**
 * Settings for minutes on two cores, chosen by measurement. Jigsaw keeps larger images, as tiles of six pixels are too
 * small.
 */
export const QUICK_TASK_SETTINGS: Readonly<Record<LearningTaskName, TaskSettings>> = {
  labels: { ...SHARED, side: 16, images: 4000, validation: 1000, batchSize: 16 },
  rotation: { ...SHARED, side: 16, images: 2000, validation: 500, batchSize: 4, epochs: 4 },
  jigsaw: { ...SHARED, side: 32, images: 2000, validation: 1000, batchSize: 8 },
  'jigsaw-3x3': { ...SHARED, side: 96, images: 2000, validation: 1000, batchSize: 8 },
  colorization: { ...SHARED, side: 16, images: 4000, validation: 1000, batchSize: 16 },
  'colorization-32': { ...SHARED, side: 16, images: 4000, validation: 1000, batchSize: 16 },
};

/** The settings of a task for some images: no more of them than there are, and no larger ones. */
export function fittedSettings(settings: TaskSettings, source: ImageSource): TaskSettings {
  const { side, images, validation } = settings;
  const share = Math.min(1, source.size / (images + validation));
  return {
    ...settings,
    side: source.height % side === 0 ? side : source.height,
    images: Math.max(1, Math.floor(share * images)),
    validation: Math.max(1, Math.floor(share * validation)),
  };
}

/** The images at the size of a task. */
export function imagesFor(source: ImageSource, { side }: TaskSettings): ImageSource {
  return shrunkImages(source, side);
}
