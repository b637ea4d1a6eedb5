import type { FeaturesTask } from '@tenas/native';
import type { ProbingMetric } from '../metric.js';
import { blockEntropies, featuresOfBlocks } from './block-entropies.js';
import { type FeatureSettings, featurePass, featureSettings } from './feature-settings.js';

/**
 * Progressivity of AZ-NAS, higher is better (Lee and Ham, CVPR 2024, arXiv 2403.19232): the smallest increase of the
 * features' entropy from one cell or block to the next, see `az-expressivity`.
 */
export const azProgressivity: ProbingMetric<FeatureSettings, readonly [FeaturesTask]> = {
  name: 'az-progressivity',
  title: 'smallest increase of entropy by a block',
  better: 'higher',
  paper: 'Lee and Ham, CVPR 2024, arXiv 2403.19232',
  about:
    'Whether the features of a network get richer with every block. A block that makes them poorer is a bottleneck, and the worst one counts.',
  needs: [],
  settings: featureSettings(),
  failures: {
    constant: 'the features somewhere are the same for all images and pixels, or beyond single precision',
    single: 'the network has one block alone',
  },
  pass: featurePass,
  tasks: (_, graph) => [featuresOfBlocks(graph)],
  value([features]) {
    const entropies = blockEntropies(features);
    if (entropies.length < 2) return { failure: 'single' };
    const value = Math.min(...entropies.slice(1).map((entropy, place) => entropy - entropies[place]!));
    return Number.isFinite(value) ? value : { failure: 'constant' };
  },
};
