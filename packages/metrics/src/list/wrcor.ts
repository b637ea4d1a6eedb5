import { blockOutputs, type Graph } from '@tenas/graph/definitions';
import { type SaliencyTask, symmetricEigenvalues } from '@tenas/native/definitions';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchPass, batchSettings } from './batch-settings.js';
import { total } from './gradients.js';
import { reluNodes } from './relus.js';

/** A block's weight is so many times that of the block before. */
const BASE = 2;

/**
 * How differently a network responds to different images, higher is better (Jing et al., Neurocomputing 2025, arXiv
 * 2507.08841): for every ReLU, correlations between images of its input and of the loss's gradient by its input, without
 * their signs; K = their sum, those of block i times 2^i, the stem's i being 0; ln |det K|. Matrices with an image whose
 * values are all the same are left out. The loss is the cross-entropy of the batch through its statistics.
 */
export const wrcor: ProbingMetric<BatchSettings, readonly [SaliencyTask]> = {
  name: 'wrcor',
  title: 'weighted correlations of responses',
  better: 'higher',
  paper: 'Jing et al., Neurocomputing 2025, arXiv 2507.08841',
  about:
    'How differently a network responds to different images, forward and backward. Later layers count more. If all images get the same response, they cannot be told apart.',
  needs: ['labels'],
  settings: batchSettings(),
  failures: { singular: 'two images have the same responses, or the network has no ReLU' },
  pass: batchPass,
  tasks: (_, graph) => [
    {
      kind: 'saliency',
      // An engine needs something to look at; the value then says that there is no ReLU.
      nodes: readByRelus(graph).length > 0 ? readByRelus(graph) : [graph.output],
      loss: { kind: 'cross-entropy' },
      correlations: true,
    },
  ],
  value([{ nodes }], { settings: { batchSize }, graph }) {
    const kernel = new Float64Array(batchSize ** 2);
    const ends = blockOutputs(graph);
    for (const [place, node] of readByRelus(graph).entries()) {
      const weight = BASE ** ends.filter((end) => end <= node).length;
      for (const matrix of [nodes[place]!.outputs, nodes[place]!.gradients]) {
        if (matrix !== undefined) addSizes(kernel, matrix, weight);
      }
    }
    const eigenvalues = Array.from(symmetricEigenvalues(kernel, batchSize));
    const value = total(eigenvalues.map((eigenvalue) => Math.log(Math.abs(eigenvalue))));
    return Number.isFinite(value) ? value : { failure: 'singular' };
  },
};

/** Adds `weight` times the values without their signs, unless one is not a number. */
function addSizes(kernel: Float64Array, matrix: Float64Array, weight: number): void {
  for (let entry = 0; entry < matrix.length; entry++) if (Number.isNaN(matrix[entry]!)) return;
  for (let entry = 0; entry < matrix.length; entry++) kernel[entry]! += weight * Math.abs(matrix[entry]!);
}

/** What each ReLU reads. */
function readByRelus(graph: Graph): number[] {
  return reluNodes(graph).map(({ input }) => input);
}
