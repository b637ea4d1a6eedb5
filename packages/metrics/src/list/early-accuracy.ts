import { z } from 'zod';
import type { TrainingMetric } from '../metric.js';
import { type ShortTrainingSettings, shortTraining, shortTrainingFields } from './short-training.js';

const USUAL = { epochs: 12, images: 1000, batchSize: 32, rate: 0.1 };

/** Settings of {@link earlyAccuracy}. */
export interface EarlyAccuracySettings extends ShortTrainingSettings {
  /** Images to classify; they are not trained on. Default 1,000. */
  readonly validation: number;
}

/**
 * Share of held-out images that the network classifies right after a short training with a complete learning-rate schedule,
 * higher is better: the low-fidelity estimate of Zoph et al. (CVPR 2018, arXiv 1707.07012), as used on NAS-Bench-201 (12 epochs).
 */
export const earlyAccuracy: TrainingMetric<EarlyAccuracySettings> = {
  name: 'early-accuracy',
  title: 'accuracy after a short training',
  better: 'higher',
  paper: 'Zoph, Vasudevan, Shlens and Le, CVPR 2018, arXiv 1707.07012',
  about:
    'A network is trained for a few epochs on a few images, and then classifies images that it has not seen. Networks that learn more in a short time often learn more in a long one.',
  needs: ['labels'],
  settings: z.strictObject({
    ...shortTrainingFields(USUAL),
    validation: z.int().min(1).max(10_000_000).default(1000).describe('images to classify, not trained on'),
  }),
  training: (settings) => shortTraining(settings, settings.validation),
  learned: ({ accuracy }) => accuracy!,
};
