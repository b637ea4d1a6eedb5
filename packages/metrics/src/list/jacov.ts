import { type GradientTask, rowCorrelations, symmetricEigenvalues } from '@tenas/native/definitions';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchPass, batchSettings } from './batch-settings.js';
import { total } from './gradients.js';

/** Keeps the logarithm of an eigenvalue of 0 finite; the published value. */
const OFFSET = 1e-5;

/**
 * How differently the outputs depend on the images of a batch, higher is better (Mellor et al., first version of arXiv
 * 2006.04647; code of Abdelfattah et al., ICLR 2021, arXiv 2101.08134): R = correlations between images of the gradient, by
 * the image, of the sum of all outputs through the batch statistics; - sum over R's eigenvalues v of log(v + k) + 1/(v + k),
 * k = 1e-5. At most about - images in the batch.
 */
export const jacov: ProbingMetric<BatchSettings, readonly [GradientTask]> = {
  name: 'jacov',
  title: 'covariance of the Jacobian',
  better: 'higher',
  paper: 'Mellor, Turner, Storkey and Crowley, 2020, arXiv 2006.04647v1',
  about:
    'How differently a network would answer small changes of different images. If the answers move alike for all images, it cannot tell them apart; the score is best where they have nothing in common.',
  needs: [],
  settings: batchSettings(),
  failures: { constant: 'the outputs do not depend on an image, or depend on it beyond single precision' },
  pass: batchPass,
  tasks: () => [
    { kind: 'gradient', loss: { kind: 'sum' }, statistics: 'batch', of: ['input'], reduce: 'sums' },
  ],
  value([{ input }], { settings }) {
    const matrix = input === undefined ? null : rowCorrelations(input, settings.batchSize);
    if (matrix === null) return { failure: 'constant' };
    const eigenvalues = Array.from(symmetricEigenvalues(matrix, settings.batchSize));
    return -total(eigenvalues.map((value) => Math.log(value + OFFSET) + 1 / (value + OFFSET)));
  },
};
