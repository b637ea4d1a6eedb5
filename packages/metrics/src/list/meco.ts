import type { Graph, OpName } from '@tenas/graph/definitions';
import { type FeaturesTask, type Init, symmetricEigenvalues } from '@tenas/native/definitions';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { type AnyNetwork, initField, networkField } from './fields.js';
import { total } from './gradients.js';

/** Settings of {@link meco}. */
export interface MecoSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default `pytorch`, as published. */
  readonly init: Init;
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
 * rounding.
 */
export const meco: ProbingMetric<MecoSettings, readonly [FeaturesTask]> = {
  name: 'meco',
  title: 'smallest eigenvalues of the correlations of channels',
  better: 'higher',
  paper: 'Jiang, Wang and Bie, NeurIPS 2023',
  about:
    'How little the channels of a network repeat one another on a single image. Where one channel follows from the others, it adds nothing.',
  needs: [],
  settings: z.strictObject({ network: networkField(), init: initField('pytorch') }),
  failures: { overflow: 'features are beyond single precision' },
  pass: ({ network, init }) => ({ network, inputs: { kind: 'training' }, batchSize: 1, init }),
  tasks: (_, graph) => [{ kind: 'features', nodes: hookedNodes(graph) }],
  value([{ nodes }]) {
    const smallest = nodes.map(({ covariance, mean }) =>
      mean.length === 0 ? 0 : symmetricEigenvalues(correlations(covariance, mean.length), mean.length)[0]!,
    );
    const value = total(smallest);
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

function hookedNodes({ nodes }: Graph): number[] {
  return nodes.filter(({ op }) => OPS.has(op)).map(({ id }) => id);
}

/** Correlations by a covariance [n, n]; 0 where one of the two has no variance. */
function correlations(covariance: Float64Array, n: number): Float64Array {
  const deviations = Float64Array.from({ length: n }, (_, i) => Math.sqrt(covariance[i * (n + 1)]!));
  return covariance.map((value, place) => {
    const size = deviations[Math.floor(place / n)]! * deviations[place % n]!;
    return size === 0 ? 0 : value / size;
  });
}
