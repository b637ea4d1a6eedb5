import type { Graph, OpName } from '@tenas/graph/definitions';
import { type FeaturesTask, type Init, symmetricEigenvalues } from '@tenas/native/definitions';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { initField, networkField } from './fields.js';
import { total } from './gradients.js';

/** Settings of {@link meco}. */
export interface MecoSettings {
  /** Default `deep`, where it ranks better. */
  readonly network: AnyNetwork;
  /** Default `pytorch`, as published. */
  readonly init: Init;
  /** So many channels of each output stand for all; 8 in the published optimised form. Default null: all are looked at. */
  readonly channels: number | null;
}

/** The operations whose outputs are looked at: the modules of PyTorch that the published code hooks. */
const OPS: ReadonlySet<OpName> = new Set([
  'conv2d',
  'batchNorm',
  'relu',
  'activation',
  'avgPool2d',
  'maxPool2d',
]);

/**
 * How little the channels repeat one another, higher is better (Jiang, Wang and Bie, NeurIPS 2023): one image alone; for the
 * output of every convolution, batch norm, activation and pooling the smallest eigenvalue of the correlations between its
 * channels over pixels, where those with a constant channel are 0; sum. A map with fewer pixels than channels adds 0 but for
 * rounding. With `channels` k only k of an output's C channels are looked at, times C / k: the authors draw them, here they are
 * evenly spaced, which is the same for weights that are drawn alike.
 */
export const meco: ProbingMetric<MecoSettings, readonly [FeaturesTask]> = {
  name: 'meco',
  title: 'smallest eigenvalues of the correlations of channels',
  better: 'higher',
  paper: 'Jiang, Wang and Bie, NeurIPS 2023',
  about:
    'How little the channels of a network repeat one another on a single image. Where one channel follows from the others, it adds nothing.',
  needs: [],
  settings: z.strictObject({
    network: networkField('deep'),
    init: initField('pytorch'),
    channels: z
      .int()
      .min(1)
      .max(4096)
      .nullable()
      .default(null)
      .describe('channels of each output that stand for all, 8 as published; null: all'),
  }),
  failures: { overflow: 'features are beyond single precision' },
  pass: ({ network, init }) => ({ network, inputs: { kind: 'training' }, batchSize: 1, init }),
  tasks({ channels }, graph) {
    const nodes = hookedNodes(graph);
    if (channels === null) return [{ kind: 'features', nodes }];
    const spaced = nodes.map((id) => evenlySpaced(graph.nodes[id]!.shape[0], channels));
    return [{ kind: 'features', nodes, channels: spaced }];
  },
  value([{ nodes }], { graph }) {
    const hooked = hookedNodes(graph);
    const smallest = nodes.map(({ covariance, mean: { length } }, place) => {
      if (length === 0) return 0;
      const share = graph.nodes[hooked[place]!]!.shape[0] / length;
      return share * symmetricEigenvalues(correlations(covariance, length), length)[0]!;
    });
    const value = total(smallest);
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

function hookedNodes({ nodes }: Graph): number[] {
  return nodes.filter(({ op }) => OPS.has(op)).map(({ id }) => id);
}

/** Up to so many of the channels, at the same distance from each other. */
function evenlySpaced(channels: number, most: number): number[] {
  const count = Math.min(channels, most);
  return Array.from({ length: count }, (_, place) => Math.floor((place * channels) / count));
}

/** Correlations by a covariance [n, n]; 0 where one of the two has no variance. */
function correlations(covariance: Float64Array, n: number): Float64Array {
  const deviations = Float64Array.from({ length: n }, (_, i) => Math.sqrt(covariance[i * (n + 1)]!));
  const found = new Float64Array(covariance.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const size = deviations[i]! * deviations[j]!;
      found[i * n + j] = size === 0 ? 0 : covariance[i * n + j]! / size;
    }
  }
  return found;
}
