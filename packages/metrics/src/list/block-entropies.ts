import { blockOutputs, type Graph } from '@tenas/graph/definitions';
import { type FeaturesAnswer, type FeaturesTask, symmetricEigenvalues } from '@tenas/native/definitions';

/** Keeps the logarithm of a share of 0 finite; the published value. */
const OFFSET = 1e-8;

/** The features after the stem and after each cell or block. */
export function featuresOfBlocks(graph: Graph): FeaturesTask {
  return { kind: 'features', nodes: [...blockOutputs(graph)] };
}

/**
 * Entropy of the features after the stem and after each cell or block: eigenvalues of the covariance of the channels, over
 * images and pixels, as shares p of their sum; - sum p log(p + 1e-8). NaN where all features are the same, overflow, or are
 * not there, as a stem that no cell reads.
 */
export function blockEntropies({ nodes }: FeaturesAnswer): number[] {
  return nodes.map(({ covariance, mean }) => {
    if (mean.length === 0) return Number.NaN;
    // Rounding makes eigenvalues of 0 a little negative.
    const eigenvalues = Array.from(symmetricEigenvalues(covariance, mean.length), (value) =>
      Math.max(value, 0),
    );
    const sum = eigenvalues.reduce((all, one) => all + one, 0);
    return -eigenvalues.reduce((all, one) => all + (one / sum) * Math.log(one / sum + OFFSET), 0);
  });
}
