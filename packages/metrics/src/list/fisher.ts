import { type Graph, sizeOf } from '@tenas/graph/definitions';
import type { SaliencyTask } from '@tenas/native';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchFields, batchPass } from './batch-settings.js';
import { total } from './gradients.js';

/** Whose formula: that of the code of zero-cost-nas, or of the paper about pruning. */
export const FISHER_VARIANTS = ['zero-cost-nas', 'paper'] as const;

/** Settings of {@link fisher}. */
export interface FisherSettings extends BatchSettings {
  /** Default `zero-cost-nas`. */
  readonly variant: (typeof FISHER_VARIANTS)[number];
}

/** A convolution or linear layer. */
interface Layer {
  readonly node: number;
  /** Weights of one output channel. */
  readonly weights: number;
}

/**
 * How much the loss depends on each channel, higher is better (Theis et al., 2018, arXiv 1801.05787; as a score of networks:
 * Abdelfattah et al., ICLR 2021, arXiv 2101.08134): for the output a of each convolution and linear layer, by channel, d = 1/2
 * mean over images of (sum over pixels of a dL/da)^2, L the cross-entropy of the batch through its statistics. `paper`: sum of
 * d; `zero-cost-nas`: of d times the number of weights of the channel.
 */
export const fisher: ProbingMetric<FisherSettings, readonly [SaliencyTask]> = {
  name: 'fisher',
  title: 'Fisher information of channels',
  better: 'higher',
  paper: 'Theis, Korshunova, Tejani and Huszár, 2018, arXiv 1801.05787',
  about: 'How much the loss would change if single channels fell silent, added up over the network.',
  needs: ['labels'],
  settings: z.strictObject({
    variant: z
      .enum(FISHER_VARIANTS)
      .default('zero-cost-nas')
      .describe('formula of that code or of the paper'),
    ...batchFields(),
  }),
  failures: { overflow: 'a gradient is beyond single precision' },
  pass: batchPass,
  tasks: (_, graph) => [
    { kind: 'saliency', nodes: layersOf(graph).map(({ node }) => node), loss: { kind: 'cross-entropy' } },
  ],
  value([{ nodes }], { settings, graph }) {
    const { variant, batchSize } = settings;
    const layers = layersOf(graph).map(({ weights }, place) => {
      const squares = sumOfSquares(nodes[place]!.products);
      return (squares / (2 * batchSize)) * (variant === 'paper' ? 1 : weights);
    });
    const value = total(layers);
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

function layersOf({ nodes, params }: Graph): Layer[] {
  return nodes.flatMap((node) => {
    if (node.op !== 'conv2d' && node.op !== 'linear') return [];
    const [channels] = node.shape;
    return [{ node: node.id, weights: sizeOf(params[node.weight]!.shape) / channels }];
  });
}
