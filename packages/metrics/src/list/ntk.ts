import type { NtkTask } from '@tenas/native';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { AGGREGATIONS, type Aggregation, aggregateConditionNumbers } from './aggregation.js';
import { conditionOutcome } from './condition-number.js';
import { type KernelSettings, kernelFields, kernelPass } from './kernel.js';

/** Settings of {@link ntk}. */
export interface NtkSettings extends KernelSettings {
  /** How the condition numbers of the repeats become one. Default `log-mean`. */
  readonly aggregation: Aggregation;
}

/**
 * Condition number of the empirical neural tangent kernel at initialisation, lower is better (TE-NAS, arXiv 2102.11535,
 * section 3.1): how differently the modes of the data would be learned. Its detail is the spectrum, ascending.
 */
export const ntk: ProbingMetric<NtkSettings, readonly [NtkTask]> = {
  name: 'ntk',
  title: 'condition number of the neural tangent kernel',
  better: 'lower',
  least: 1,
  paper: 'Chen, Gong and Wang, ICLR 2021, arXiv 2102.11535',
  symbol: 'κ',
  about:
    'How evenly a network can learn. The untrained network is asked how its answers on a batch of images would move under one small step of training. If all directions are about equally easy, κ is small and training goes smoothly; if some are thousands of times easier than others, κ is large and training stalls. It is the largest over the smallest eigenvalue of the neural tangent kernel.',
  needs: [],
  settings: z.strictObject({
    ...kernelFields(),
    aggregation: z.enum(AGGREGATIONS).default('log-mean').describe('how repeats become one value'),
  }),
  failures: {
    nan: 'an eigenvalue of the kernel is not a number',
    infinite: 'an eigenvalue is infinite, or the condition number is beyond double precision',
    zero: 'the smallest eigenvalue is zero',
    negative: 'the smallest eigenvalue is below zero by rounding',
  },
  pass: kernelPass,
  tasks: ({ mode }) => [{ kind: 'ntk', mode }],
  value([{ eigenvalues }]) {
    const outcome = conditionOutcome(eigenvalues);
    return outcome.kind === 'ok' ? outcome.conditionNumber : { failure: outcome.reason };
  },
  combine(repeats, { aggregation }) {
    // A failed repeat counts as the cap, but if every repeat failed there is no value.
    if (repeats.every((repeat) => repeat === null)) return null;
    const value = aggregateConditionNumbers(repeats, aggregation);
    return Number.isFinite(value) ? value : null;
  },
  aggregations: Object.fromEntries(AGGREGATIONS.map((aggregation) => [aggregation, { aggregation }])),
  flags: { 'ntk-mode': 'mode', 'ntk-batch': 'batchSize' },
  detail: ([{ eigenvalues }]) => ({ eigenvalues: Array.from(eigenvalues) }),
};
