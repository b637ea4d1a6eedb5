import type { Graph } from '@tenas/graph/definitions';
import type { GradientTask, Init } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { batchSizeField, initField, networkField } from './fields.js';
import { type Span, SUMS, spansOfLayers, sumsOfLayers, total, valuesOfGradient } from './gradients.js';

/**
 * Whose form: `zico` as published; `zico-bc` takes off what large maps of few channels gain (Bhardwaj et al., ICCV workshops
 * 2023, arXiv 2309.14666); `l-swag` has 1 in place of the mean, and the deviation of |g| (Casarin et al., CVPR 2025, arXiv
 * 2505.07300, their factor of the gradients, over all layers).
 */
export const ZICO_VARIANTS = ['zico', 'zico-bc', 'l-swag'] as const;

const DEFAULT_BETA = 1;

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
  /** Default `zico`. */
  readonly variant: (typeof ZICO_VARIANTS)[number];
  /** Variant `zico-bc`: weight of the correction, which its authors chose for each task. Default 1. */
  readonly beta: number;
}

/**
 * How steady gradients are from batch to batch, higher is better (Li et al., ICLR 2023, arXiv 2301.11300): for every weight of
 * a convolution or linear layer, mean over batches of |g| over the standard deviation (population) of g, g the gradient of the
 * batch's cross-entropy; summed over the layer's weights (those of deviation 0 left out); sum over layers of the logarithm.
 * Variant `zico-bc`: less beta times the sum over these layers of ln(H W / sqrt(C)), H, W and C the height, width and channels of
 * the layer's output. Variant `l-swag`: 1 / deviation of |g| in place of mean over deviation.
 */
export const zico: ProbingMetric<ZicoSettings, readonly [GradientTask]> = {
  name: 'zico',
  title: 'inverse coefficient of variation of gradients',
  better: 'higher',
  paper: 'Li, Yang, Bhardwaj and Marculescu, ICLR 2023, arXiv 2301.11300',
  about:
    'How much two batches of images agree on where the weights should go. Gradients that are large and steady let a network train fast and generalise well.',
  needs: ['labels'],
  settings: z
    .strictObject({
      network: networkField(),
      batches: z.int().min(2).max(64).default(2).describe('batches whose gradients are compared'),
      batchSize: batchSizeField(64, 4096),
      init: initField('pytorch'),
      variant: z.enum(ZICO_VARIANTS).default('zico').describe('whose form'),
      beta: z
        .number()
        .min(0)
        .max(1000)
        .default(DEFAULT_BETA)
        .describe('variant zico-bc: weight of its correction'),
    })
    .check(({ value: { variant, beta }, issues }) => {
      if (variant === 'zico-bc' || beta === DEFAULT_BETA) return;
      const message = `absent: only the variant zico-bc has it, and this is ${variant}`;
      issues.push({ code: 'custom', input: beta, path: ['beta'], message });
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
  tasks: ({ batches, variant }) => [
    {
      kind: 'gradient',
      loss: { kind: 'cross-entropy' },
      statistics: 'batch',
      of: ['parameters'],
      reduce: variant === 'l-swag' ? 'values' : 'sums',
      batches,
    },
  ],
  value([answer], { graph, coefficients, settings: { variant, batches, beta } }) {
    const sums =
      variant === 'l-swag'
        ? inverseDeviations(valuesOfGradient(answer), spansOfLayers(graph, coefficients), batches)
        : sumsOfLayers(graph, answer, SUMS.meanOverDeviation);
    // A layer that no gradient reaches, or whose gradients are all the same, has no logarithm.
    const layers = sums.filter((sum) => sum !== 0);
    if (layers.length === 0) return { failure: 'constant' };
    const bias =
      variant === 'zico-bc' ? beta * total(shapeTerms(graph).filter((_, layer) => sums[layer] !== 0)) : 0;
    const value = total(layers.map(Math.log)) - bias;
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

/** ln(H W / sqrt(C)) of the output of each layer, in the order of {@link sumsOfLayers}. */
function shapeTerms(graph: Graph): number[] {
  const byWeight = new Map(
    graph.nodes.flatMap((node) =>
      node.op === 'conv2d' || node.op === 'linear' ? [[node.weight, node.shape] as const] : [],
    ),
  );
  return graph.params.flatMap(({ kind, id }) => {
    if (kind !== 'convWeight' && kind !== 'linearWeight') return [];
    const [channels, height, width] = byWeight.get(id)!;
    return [Math.log((height * width) / Math.sqrt(channels))];
  });
}

/**
 * Sum of 1 / deviation over batches of |g| (population) over the weights of each layer; those of deviation 0 are left out.
 *
 * @param gradients [batches, values of all parameters]
 */
function inverseDeviations(gradients: Float32Array, layers: readonly Span[], batches: number): number[] {
  const values = gradients.length / batches;
  return layers.map(({ start, end }) => {
    let sum = 0;
    for (let i = start; i < end; i++) {
      let [mean, squares] = [0, 0];
      for (let batch = 0; batch < batches; batch++)
        mean += Math.abs(gradients[batch * values + i]!) / batches;
      for (let batch = 0; batch < batches; batch++) {
        squares += (Math.abs(gradients[batch * values + i]!) - mean) ** 2 / batches;
      }
      if (squares !== 0) sum += 1 / Math.sqrt(squares);
    }
    return sum;
  });
}
