import { type Graph, sizeOf } from '@tenas/graph/definitions';
import type { FeaturesAnswer, FeaturesTask, GradientTask } from '@tenas/native';
import type { ProbingMetric } from '../metric.js';
import { type FeatureSettings, featurePass, featureSettings } from './feature-settings.js';
import { total } from './gradients.js';

/** Added to the diagonal of a covariance, and to the largest gradient; the published value. */
const OFFSET = 1e-10;

/**
 * Features and gradients at once, higher is better (InTrain, CVPR 2026, arXiv 2606.18676): g = sum over convolutions of the
 * logarithm of the participation ratio (tr C)^2 / tr(C^2), C the covariance of the output's channels over images and pixels;
 * o = sum over parameter tensors of min(1, deviation / largest size) of the gradient's entries; g (1 + o) / ln(L + 1), L the
 * number of convolutions. Noise with random labels. There is no published code: that the feature maps are those of the
 * convolutions, and the deviation that of a sample, is our reading.
 */
export const intrain: ProbingMetric<FeatureSettings, readonly [FeaturesTask, GradientTask]> = {
  name: 'intrain',
  title: 'participation of channels and gradients',
  better: 'higher',
  paper: 'InTrain, CVPR 2026, arXiv 2606.18676',
  about:
    'In how many directions the features of each layer vary, and how evenly gradients spread over the weights.',
  needs: [],
  settings: featureSettings(),
  failures: { overflow: 'features or gradients are beyond single precision' },
  pass: featurePass,
  tasks: (_, graph) => [
    { kind: 'features', nodes: graph.nodes.filter(({ op }) => op === 'conv2d').map(({ id }) => id) },
    {
      kind: 'gradient',
      loss: { kind: 'cross-entropy' },
      statistics: 'batch',
      of: ['parameters'],
      reduce: 'values',
    },
  ],
  value([features, { parameters }], { graph }) {
    const ratios = participationRatios(features);
    if (ratios.length === 0 || parameters === undefined) return { failure: 'overflow' };
    const spread = total(spreads(graph, parameters));
    const value = (total(ratios.map(Math.log)) * (1 + spread)) / Math.log(ratios.length + 1);
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

/** Of the nodes that run. */
function participationRatios({ nodes }: FeaturesAnswer): number[] {
  return nodes.flatMap(({ covariance, mean }) => {
    const n = mean.length;
    if (n === 0) return [];
    let trace = 0;
    let squares = 0;
    for (const [place, value] of covariance.entries()) {
      const own = place % (n + 1) === 0 ? value + OFFSET : value;
      if (place % (n + 1) === 0) trace += own;
      squares += own ** 2;
    }
    return [trace ** 2 / squares];
  });
}

/** Of each weight and bias with a gradient: deviation of its entries over the largest, at most 1. */
function spreads({ params }: Graph, gradient: Float32Array): number[] {
  let start = 0;
  return params.flatMap(({ shape }) => {
    const own = gradient.subarray(start, start + sizeOf(shape));
    start += own.length;
    let sum = 0;
    let largest = 0;
    for (const value of own) {
      sum += value;
      largest = Math.max(largest, Math.abs(value));
    }
    if (largest === 0 || own.length < 2) return [];
    const mean = sum / own.length;
    let squares = 0;
    for (const value of own) squares += (value - mean) ** 2;
    return [Math.min(1, Math.sqrt(squares / (own.length - 1)) / (largest + OFFSET))];
  });
}
