import { z } from 'zod';
import { BY_PRESET } from '../presets.js';

/** Settings of {@link trainingFields}, complete. */
export interface SupernetTrainingSettings {
  readonly channels: number;
  readonly cells: number;
  readonly images: number;
  readonly validation: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly rate: number;
  readonly finalRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly clip: number;
  readonly affine: boolean;
  readonly untouched: 'keep' | 'decay';
}

/** Settings of strategies that train a supernet. All are optional: `fillFromPreset` fills them in. */
export const trainingFields = {
  channels: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe(`channels of the supernet's first cells${BY_PRESET}`),
  cells: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(`cells of the supernet, per stage as its space counts them${BY_PRESET}`),
  images: z
    .int()
    .min(2)
    .max(100_000_000)
    .optional()
    .describe(`images of the dataset that are used, drawn by the seed; all where it has fewer${BY_PRESET}`),
  validation: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(`share of these images that the weights are not trained on${BY_PRESET}`),
  epochs: z.int().min(1).max(100_000).optional().describe(`epochs over the images to train on${BY_PRESET}`),
  batchSize: z
    .int()
    .min(2)
    .max(1 << 16)
    .optional()
    .describe(`images of a step; a last batch with fewer is left out${BY_PRESET}`),
  rate: z
    .number()
    .gt(0)
    .max(1000)
    .optional()
    .describe(`learning rate of the weights at the start${BY_PRESET}`),
  finalRate: z
    .number()
    .min(0)
    .max(1000)
    .optional()
    .describe(`learning rate of the weights at the end, reached by half a cosine${BY_PRESET}`),
  momentum: z
    .number()
    .min(0)
    .max(0.999)
    .optional()
    .describe(`Nesterov's momentum of SGD; 0: none${BY_PRESET}`),
  weightDecay: z.number().min(0).max(1).optional().describe(`L2 decay of the weights${BY_PRESET}`),
  clip: z
    .number()
    .min(0)
    .max(1e6)
    .optional()
    .describe(`largest norm of the gradient by the weights; 0: none${BY_PRESET}`),
  affine: z
    .boolean()
    .optional()
    .describe(`whether the batch norms inside of operations learn scale and shift${BY_PRESET}`),
  untouched: z
    .enum(['keep', 'decay'])
    .optional()
    .describe(
      `weights that no operation of a step used: keep, or decay and go on by their momentum as in old PyTorch code${BY_PRESET}`,
    ),
};
