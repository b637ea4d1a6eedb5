import type { GradientTask } from '@tenas/native';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchPass, batchSettings } from './batch-settings.js';
import { LOSS_GRADIENT_SUMS, squaresOfAll } from './gradients.js';

/**
 * How much the gradients of single images agree, higher is better (Xu et al., ICML 2021, arXiv 2111.13293, MGM): mean over all
 * pairs of images i, j of g_i g_j, g_i the gradient of image i's cross-entropy by all parameters. It is the squared norm of
 * the gradient of the batch's loss. The published code takes a sample of the parameters instead.
 */
export const knas: ProbingMetric<BatchSettings, readonly [GradientTask]> = {
  name: 'knas',
  title: 'mean of the Gram matrix of gradients',
  better: 'higher',
  paper: 'Xu, Zhao, Lin, Gao, Sun and Yang, ICML 2021, arXiv 2111.13293',
  about: 'How much a step that helps one image helps the others too, before any training.',
  needs: ['labels'],
  settings: batchSettings(),
  failures: { overflow: 'a gradient is no finite number' },
  pass: batchPass,
  tasks: () => [LOSS_GRADIENT_SUMS],
  value([{ sums }]) {
    const value = squaresOfAll(sums!);
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};
