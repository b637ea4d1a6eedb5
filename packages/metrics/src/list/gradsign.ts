import type { GradientTask, Init } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { initField, networkField } from './fields.js';
import { spansOfLayers } from './gradients.js';

/** Whose code: `gradsign` adds over all weights, `az-nas` takes their mean, idle ones included. */
export const GRADSIGN_VARIANTS = ['gradsign', 'az-nas'] as const;

/** Settings of {@link gradsign}. */
export interface GradsignSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Images, each of which passes alone. Default 128, as published. */
  readonly images: number;
  /** Default `pytorch`, as published. */
  readonly init: Init;
  /** Default `gradsign`. */
  readonly variant: (typeof GRADSIGN_VARIANTS)[number];
}

/**
 * How many single images agree on the direction of every weight, higher is better (Zhang and Jia, ICLR 2022, arXiv
 * 2110.08616): sum over the weights of convolutions and linear layers of |sum over images of sign(g)|, g the gradient of the
 * image's cross-entropy, each image normalised by its own statistics.
 */
export const gradsign: ProbingMetric<GradsignSettings, readonly [GradientTask]> = {
  name: 'gradsign',
  title: 'agreement of the signs of gradients',
  better: 'higher',
  paper: 'Zhang and Jia, ICLR 2022, arXiv 2110.08616',
  about:
    'How many images pull a weight the same way, added up over all weights. Where they agree, the minima of single images are close together, and one network can serve all of them.',
  needs: ['labels'],
  settings: z.strictObject({
    network: networkField(),
    images: z.int().min(2).max(4096).default(128).describe('images, each passes alone'),
    init: initField('pytorch'),
    variant: z.enum(GRADSIGN_VARIANTS).default('gradsign').describe('sum over all weights, or their mean'),
  }),
  failures: { overflow: 'a gradient is not a number' },
  pass: ({ network, images, init }) => ({
    network,
    inputs: { kind: 'training' },
    batchSize: 1,
    batches: images,
    init,
  }),
  tasks: ({ images }) => [
    {
      kind: 'gradient',
      loss: { kind: 'cross-entropy' },
      statistics: 'batch',
      of: ['parameters'],
      reduce: 'signs',
      batches: images,
    },
  ],
  value([{ signs }], { graph, coefficients, settings }) {
    let [sum, weights] = [0, 0];
    for (const { start, end } of spansOfLayers(graph, coefficients)) {
      for (let i = start; i < end; i++) sum += Math.abs(signs![i]!);
      weights += end - start;
    }
    if (Number.isNaN(sum)) return { failure: 'overflow' };
    return settings.variant === 'az-nas' ? sum / weights : sum;
  },
};
