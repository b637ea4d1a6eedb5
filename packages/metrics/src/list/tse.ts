import { z } from 'zod';
import type { TrainingMetric } from '../metric.js';
import { total } from './gradients.js';
import { type ShortTrainingSettings, shortTraining, shortTrainingFields } from './short-training.js';

/** Which epochs count how much: all alike (TSE), only the last ones (TSE-E), or later ones more (TSE-EMA). */
export const TSE_VARIANTS = ['sum', 'last', 'ema'] as const;

/** Few images, seen often: the loss that is left shows how much a network can learn by heart. */
const USUAL = { epochs: 24, images: 500, batchSize: 16, rate: 0.05 };

/** Settings of {@link tse}. */
export interface TseSettings extends ShortTrainingSettings {
  /** Default `last`. */
  readonly variant: (typeof TSE_VARIANTS)[number];
  /** Variant `last`: epochs at the end that count. Default 1. */
  readonly last: number;
  /** Variant `ema`: an epoch counts so much of what the next one counts. Default 0.9. */
  readonly decay: number;
}

/**
 * Training speed estimation, lower is better (Ru et al., NeurIPS 2021, arXiv 2006.04492): l_t is the mean of the training
 * losses of epoch t of T. TSE is the sum of all l_t, TSE-E of those of the last E epochs, TSE-EMA of decay^(T - t) l_t.
 */
export const tse: TrainingMetric<TseSettings> = {
  name: 'tse',
  title: 'training speed estimate',
  better: 'lower',
  paper: 'Ru, Lyle, Schut, Fil, van der Wilk and Gal, NeurIPS 2021, arXiv 2006.04492',
  about:
    'How fast a network learns: the losses of a short training, added up. A network whose loss falls early and far has a small sum.',
  needs: ['labels'],
  settings: z.strictObject({
    ...shortTrainingFields(USUAL),
    variant: z
      .enum(TSE_VARIANTS)
      .default('last')
      .describe('epochs that count: all, the last ones, or later ones more'),
    last: z.int().min(1).max(1000).default(1).describe('variant last: epochs at the end that count'),
    decay: z
      .number()
      .positive()
      .max(1)
      .default(0.9)
      .describe('variant ema: an epoch counts so much of the next one'),
  }),
  training: (settings) => shortTraining(settings, 0),
  learned({ losses, settings: { variant, last, decay } }) {
    switch (variant) {
      case 'sum':
        return total(losses);
      case 'last':
        return total(losses.slice(-last));
      case 'ema':
        return losses.reduce((before, loss) => decay * before + loss, 0);
    }
  },
  detail: ({ losses }) => ({ losses }),
};
