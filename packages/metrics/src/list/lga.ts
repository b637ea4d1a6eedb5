import type { NtkTask } from '@tenas/native';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { correlations } from './correlations.js';
import { type KernelSettings, kernelFields, kernelPass } from './kernel.js';

/**
 * Label-gradient alignment, higher is better (Mok et al., CVPR 2022, arXiv 2203.14577): Pearson's correlation, over all pairs
 * of images, of the entries of the empirical neural tangent kernel with 1 where the labels agree and 0 elsewhere. The mean
 * over all entries is taken off both; the paper has no code that would confirm it.
 */
export const lga: ProbingMetric<KernelSettings, readonly [NtkTask]> = {
  name: 'lga',
  title: 'label-gradient alignment',
  better: 'higher',
  paper: 'Mok, Na, Kim, Han and Yoon, CVPR 2022, arXiv 2203.14577',
  about:
    'Whether an untrained network already treats images of one class alike: then a step that helps one helps the others of its class most.',
  needs: ['labels'],
  settings: z.strictObject(kernelFields()),
  failures: { constant: 'the kernel or the labels are the same everywhere, or the kernel is not finite' },
  pass: kernelPass,
  tasks: ({ mode }) => [{ kind: 'ntk', mode }],
  value([{ kernel }], { labels, settings }) {
    const n = settings.batchSize;
    const rows = new Float64Array(2 * n * n);
    rows.set(kernel);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) rows[n * n + i * n + j] = labels![i] === labels![j] ? 1 : 0;
    }
    return correlations(rows, 2)?.[1] ?? { failure: 'constant' };
  },
};
