import type { CodesTask } from '@tenas/native';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchFields, batchPass } from './batch-settings.js';

/** Settings of {@link naswot}. */
export interface NaswotSettings extends BatchSettings {
  /** Whether K is divided by the number of ReLU inputs, so that networks of other sizes compare. Default false, as published. */
  readonly mean: boolean;
}

/**
 * Log-determinant of how often ReLUs agree on two images, higher is better (Mellor et al., ICML 2021, arXiv 2006.04647):
 * K_ij = number of ReLU inputs, of all ReLUs that run, for which images i and j agree in being > 0; ln |det K|.
 */
export const naswot: ProbingMetric<NaswotSettings, readonly [CodesTask]> = {
  name: 'naswot',
  title: 'log-determinant of the kernel of ReLU codes',
  better: 'higher',
  paper: 'Mellor, Turner, Storkey and Crowley, ICML 2021, arXiv 2006.04647',
  about:
    'How well a network tells images apart before training. For each image, every ReLU is on or off. If two images switch the same ReLUs, the network can hardly treat them differently. The score is large where all images of a batch have patterns of their own.',
  needs: [],
  settings: z.strictObject({
    ...batchFields(128),
    mean: z.boolean().default(false).describe('whether the kernel is divided by the number of ReLU inputs'),
  }),
  failures: { singular: 'two images have the same pattern, or the patterns depend on each other' },
  pass: batchPass,
  tasks: () => [{ kind: 'codes' }],
  value([{ kernel, neurons, logDeterminant }], { settings }) {
    // Rounding gives the determinant of a singular kernel any small value: equal patterns are found by counting.
    const n = Math.sqrt(kernel.length);
    const same = kernel.some((agreeing, place) => agreeing === neurons && place % (n + 1) !== 0);
    if (same || !Number.isFinite(logDeterminant)) return { failure: 'singular' };
    return settings.mean ? logDeterminant - n * Math.log(neurons) : logDeterminant;
  },
};
