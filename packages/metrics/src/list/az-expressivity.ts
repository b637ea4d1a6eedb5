import type { FeaturesTask } from '@tenas/native';
import type { ProbingMetric } from '../metric.js';
import { blockEntropies, featuresOfBlocks } from './block-entropies.js';
import { type FeatureSettings, featurePass, featureSettings } from './feature-settings.js';
import { total } from './gradients.js';

/**
 * Expressivity of AZ-NAS, higher is better (Lee and Ham, CVPR 2024, arXiv 2403.19232): sum over the stem and all cells or
 * blocks of the entropy of the principal components of the features that noise makes there.
 */
export const azExpressivity: ProbingMetric<FeatureSettings, readonly [FeaturesTask]> = {
  name: 'az-expressivity',
  title: 'entropy of the features of all blocks',
  better: 'higher',
  paper: 'Lee and Ham, CVPR 2024, arXiv 2403.19232',
  about:
    'How many directions the features of a network really use. Features that all lie along a few directions can say little.',
  needs: [],
  settings: featureSettings(),
  failures: {
    constant: 'the features somewhere are the same for all images and pixels, or beyond single precision',
  },
  pass: featurePass,
  tasks: (_, graph) => [featuresOfBlocks(graph)],
  value([features]) {
    const value = total(blockEntropies(features));
    return Number.isFinite(value) ? value : { failure: 'constant' };
  },
  detail: ([features]) => ({ entropies: blockEntropies(features) }),
};
