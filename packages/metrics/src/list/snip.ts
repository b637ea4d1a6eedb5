import type { GradientTask } from '@tenas/native';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchPass, batchSettings } from './batch-settings.js';
import { LOSS_GRADIENT_SUMS, SUMS, sumsOfLayers, total } from './gradients.js';

/**
 * How much the loss depends on the weights, higher is better (Lee et al., ICLR 2019, arXiv 1810.02340; as a score of
 * networks: Abdelfattah et al., ICLR 2021, arXiv 2101.08134): sum over the weights w of convolutions and linear layers of
 * |w dL/dw|, L the cross-entropy of a batch through its batch statistics.
 */
export const snip: ProbingMetric<BatchSettings, readonly [GradientTask]> = {
  name: 'snip',
  title: 'sensitivity of the loss to the weights',
  better: 'higher',
  paper: 'Lee, Ajanthan and Torr, ICLR 2019, arXiv 1810.02340',
  about:
    'How much the loss would change if single weights were removed, to first order, summed over all weights.',
  needs: ['labels'],
  settings: batchSettings(),
  failures: { overflow: 'a gradient is no finite number' },
  pass: batchPass,
  tasks: () => [LOSS_GRADIENT_SUMS],
  value([answer], { graph }) {
    const value = total(sumsOfLayers(graph, answer, SUMS.absoluteTimesWeight));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};
