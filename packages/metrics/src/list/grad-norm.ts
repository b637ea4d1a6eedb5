import type { GradientTask } from '@tenas/native/definitions';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchFields, batchPass } from './batch-settings.js';
import { LOSS_GRADIENT_SUMS, SUMS, squaresOfAll, sumsOfLayers, total } from './gradients.js';

/**
 * Whose code: `zero-cost-nas` adds the norms of the layers' weights, `zen-nas` takes one norm over all parameters, batch norms
 * and biases too.
 */
export const GRAD_NORM_VARIANTS = ['zero-cost-nas', 'zen-nas'] as const;

/** Settings of {@link gradNorm}. */
export interface GradNormSettings extends BatchSettings {
  /** Default `zero-cost-nas`. */
  readonly variant: (typeof GRAD_NORM_VARIANTS)[number];
}

/**
 * How large the gradient of the loss is, higher is better (Abdelfattah et al., ICLR 2021, arXiv 2101.08134): sum over
 * convolutions and linear layers of |g|, g the gradient of a batch's cross-entropy by the layer's weights. Variant `zen-nas`
 * (Lin et al., ICCV 2021, arXiv 2102.01063): |g|, g the gradient by all parameters.
 */
export const gradNorm: ProbingMetric<GradNormSettings, readonly [GradientTask]> = {
  name: 'grad-norm',
  title: 'norm of the gradient of the loss',
  better: 'higher',
  paper: 'Abdelfattah, Mehrotra, Dudziak and Lane, ICLR 2021, arXiv 2101.08134',
  about: 'How strongly a batch of images pulls at the weights of an untrained network.',
  needs: ['labels'],
  settings: z.strictObject({
    ...batchFields(),
    variant: z
      .enum(GRAD_NORM_VARIANTS)
      .default('zero-cost-nas')
      .describe('norms of layers added, or one norm over all parameters'),
  }),
  failures: { overflow: 'a gradient is no finite number' },
  pass: batchPass,
  tasks: () => [LOSS_GRADIENT_SUMS],
  value([answer], { graph, settings }) {
    const value =
      settings.variant === 'zen-nas'
        ? Math.sqrt(squaresOfAll(answer.sums!))
        : total(sumsOfLayers(graph, answer, SUMS.square).map(Math.sqrt));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};
