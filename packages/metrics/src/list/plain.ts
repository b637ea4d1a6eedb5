import type { GradientTask } from '@tenas/native';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchPass, batchSettings } from './batch-settings.js';
import { LOSS_GRADIENT_SUMS, SUMS, sumsOfLayers, total } from './gradients.js';

/**
 * Weights times their gradients with their signs, higher is better (Abdelfattah et al., ICLR 2021, arXiv 2101.08134): sum over
 * the weights w of convolutions and linear layers of w dL/dw, L the cross-entropy of a batch. A layer before a batch norm
 * contributes about 0, as the loss does not depend on the size of its weights: mostly noise, for comparisons.
 */
export const plain: ProbingMetric<BatchSettings, readonly [GradientTask]> = {
  name: 'plain',
  title: 'weights times gradients, with signs',
  better: 'higher',
  paper: 'Abdelfattah, Mehrotra, Dudziak and Lane, ICLR 2021, arXiv 2101.08134',
  about:
    'How the loss would change, to first order, if all weights grew by the same share. With batch norm it hardly changes: the score is mostly noise.',
  needs: ['labels'],
  settings: batchSettings(),
  failures: { overflow: 'a gradient is no finite number' },
  pass: batchPass,
  tasks: () => [LOSS_GRADIENT_SUMS],
  value([answer], { graph }) {
    const value = total(sumsOfLayers(graph, answer, SUMS.timesWeight));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};
