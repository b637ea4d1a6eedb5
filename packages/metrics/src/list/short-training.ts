import { LEARNING_TASKS } from '@tenas/data/definitions';
import { z } from 'zod';
import type { ShortTraining } from '../metric.js';
import { networkField } from './fields.js';

/** Settings that all metrics of a short training have: where they agree, one training serves all of them. */
export interface ShortTrainingSettings extends Omit<ShortTraining, 'validation' | 'side'> {
  readonly side: number | null;
}

/** How a metric trains by default. */
type UsualTraining = Pick<ShortTrainingSettings, 'epochs' | 'images' | 'batchSize' | 'rate'>;

/** The fields of {@link ShortTrainingSettings}, with their defaults. */
export function shortTrainingFields(usual: UsualTraining) {
  return {
    network: networkField(),
    channels: z
      .int()
      .min(1)
      .max(1024)
      .nullable()
      .default(null)
      .describe('channels of its first cells; null: as it has them'),
    cells: z
      .int()
      .min(1)
      .max(100)
      .nullable()
      .default(null)
      .describe('its cells, per stage or in all as the space counts them; null: as it has them'),
    epochs: z.int().min(1).max(1000).default(usual.epochs).describe('epochs of training'),
    images: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(usual.images)
      .describe('training images, drawn for each repeat'),
    side: z
      .int()
      .min(1)
      .max(65_536)
      .nullable()
      .default(null)
      .describe(
        'height and width that square images are shrunk to; null, where theirs is no multiple, and for a jigsaw: they stay as they are',
      ),
    batchSize: z.int().min(1).max(4096).default(usual.batchSize).describe('images per step'),
    rate: z
      .number()
      .positive()
      .max(10)
      .default(usual.rate)
      .describe('learning rate at the start; it falls by a cosine'),
    task: z
      .enum(LEARNING_TASKS)
      .default('labels')
      .describe('what is learned on the images: their labels, or a task that needs none'),
    augment: z.boolean().default(false).describe('whether training images are cropped and flipped at random'),
  };
}

/** The training that some settings mean. @param validation images to classify at the end */
export function shortTraining(
  { network, channels, cells, epochs, images, side, batchSize, rate, task, augment }: ShortTrainingSettings,
  validation: number,
): ShortTraining {
  return {
    ...{ network, channels, cells, epochs, images, validation, batchSize, rate, task, augment },
    // Tiles of a jigsaw are small enough as it is.
    side: task?.startsWith('jigsaw') ? null : side,
  };
}
