import { blockOutputs } from '@tenas/graph/definitions';
import { type BlocksTask, symmetricEigenvalues } from '@tenas/native/definitions';
import type { ProbingMetric } from '../metric.js';
import { type FeatureSettings, featurePass, featureSettings } from './feature-settings.js';
import { total } from './gradients.js';

/** Seed of the signs. Equal signs for all networks and repeats make scores differ by the networks alone. */
const SEED = 0;

/** Keeps the inverse of a singular value of 0 finite; the published value. */
const OFFSET = 1e-6;

/**
 * Trainability of AZ-NAS, higher is better, at most about 0 (Lee and Ham, CVPR 2024, arXiv 2403.19232): random signs at the
 * output of each cell or block, A = their gradient by its input through the batch statistics (where maps shrink, all pixels
 * that belong to one of the output are channels); s = largest singular value of the mean over images and pixels of A times
 * the signs; mean over blocks of 2 - s - 1 / (s + 1e-6). Best is s = 1.
 */
export const azTrainability: ProbingMetric<FeatureSettings, readonly [BlocksTask]> = {
  name: 'az-trainability',
  title: 'how blocks keep the size of gradients',
  better: 'higher',
  paper: 'Lee and Ham, CVPR 2024, arXiv 2403.19232',
  about:
    'Whether gradients come through each block as large as they went in. If blocks make them smaller or larger, they vanish or explode in a deep network.',
  needs: [],
  settings: featureSettings(),
  failures: {
    identity: 'a block passes gradients on unchanged: it does nothing',
    overflow: 'a gradient is beyond single precision',
    single: 'the network has one block alone',
  },
  pass: featurePass,
  tasks(_, graph) {
    const outputs = blockOutputs(graph);
    // Of a network with one block: what it makes of the image.
    const ends = outputs.length < 2 ? [graph.input, graph.output] : outputs;
    return [
      {
        kind: 'blocks',
        blocks: ends.slice(1).map((to, place) => ({ from: ends[place]!, to })),
        signs: { seed: SEED },
      },
    ];
  },
  value([{ blocks }], { graph }) {
    const outputs = blockOutputs(graph);
    if (outputs.length < 2) return { failure: 'single' };
    if (blocks.some(({ unchanged }) => unchanged)) return { failure: 'identity' };
    const scores = blocks.map(({ product }, place) => {
      const [channels] = graph.nodes[outputs[place + 1]!]!.shape;
      const size = largestSingularValue(product, channels);
      return 2 - size - 1 / (size + OFFSET);
    });
    const value = total(scores) / scores.length;
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

/** The largest singular value of a matrix [rows, columns]. */
function largestSingularValue(matrix: Float64Array, columns: number): number {
  const gram = new Float64Array(columns * columns);
  for (let start = 0; start < matrix.length; start += columns) {
    for (let i = 0; i < columns; i++) {
      const left = matrix[start + i]!;
      for (let j = 0; j < columns; j++) gram[i * columns + j]! += left * matrix[start + j]!;
    }
  }
  return Math.sqrt(symmetricEigenvalues(gram, columns).at(-1)!);
}
