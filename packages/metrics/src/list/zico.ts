import type { GradientTask, Init } from '@tenas/native';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { type AnyNetwork, batchSizeField, initField, networkField } from './fields.js';
import { SUMS, sumsOfLayers, total } from './gradients.js';

/** Settings of {@link zico}. */
export interface ZicoSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default 2, as published. */
  readonly batches: number;
  /** Images in each of them. Default 64, as published. */
  readonly batchSize: number;
  /** Default `pytorch`. */
  readonly init: Init;
}

/**
 * How steady gradients are from batch to batch, higher is better (Li et al., ICLR 2023, arXiv 2301.11300): for every weight of
 * a convolution or linear layer, mean over batches of |g| over the standard deviation (population) of g, g the gradient of the
 * batch's cross-entropy; summed over the layer's weights (those of deviation 0 left out); sum over layers of the logarithm.
 */
export const zico: ProbingMetric<ZicoSettings, readonly [GradientTask]> = {
  name: 'zico',
  title: 'inverse coefficient of variation of gradients',
  better: 'higher',
  paper: 'Li, Yang, Bhardwaj and Marculescu, ICLR 2023, arXiv 2301.11300',
  about:
    'How much two batches of images agree on where the weights should go. Gradients that are large and steady let a network train fast and generalise well.',
  needs: ['labels'],
  settings: z.strictObject({
    network: networkField(),
    batches: z.int().min(2).max(64).default(2).describe('batches whose gradients are compared'),
    batchSize: batchSizeField(64, 4096),
    init: initField('pytorch'),
  }),
  failures: {
    constant: 'no gradient differs from batch to batch',
    overflow: 'a gradient is no finite number',
  },
  pass: ({ network, batches, batchSize, init }) => ({
    network,
    inputs: { kind: 'training' },
    batchSize,
    batches,
    init,
  }),
  tasks: ({ batches }) => [
    {
      kind: 'gradient',
      loss: { kind: 'cross-entropy' },
      statistics: 'batch',
      of: ['parameters'],
      reduce: 'sums',
      batches,
    },
  ],
  value([answer], { graph }) {
    // A layer that no gradient reaches, or whose gradients are all the same, has no logarithm.
    const layers = sumsOfLayers(graph, answer, SUMS.meanOverDeviation).filter((sum) => sum !== 0);
    if (layers.length === 0) return { failure: 'constant' };
    const value = total(layers.map(Math.log));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};
