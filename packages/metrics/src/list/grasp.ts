import type { CurvatureTask } from '@tenas/native';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchFields, batchPass } from './batch-settings.js';
import { total } from './gradients.js';

/** Settings of {@link grasp}. */
export interface GraspSettings extends BatchSettings {
  /** Divides the outputs before the loss. Default 1, as scores of networks have it; the authors prune with 200. */
  readonly temperature: number;
}

/**
 * How the gradient grows when the weights grow, higher is better (GraSP: Wang, Zhang and Grosse, ICLR 2020, arXiv
 * 2002.07376; as a score of networks: Abdelfattah et al., ICLR 2021, arXiv 2101.08134): -w H g, with w the weights of
 * convolutions and linear layers, g the gradient by them of L, H the Hessian of L, and L the cross-entropy of a batch
 * through its batch statistics. The sign is that of zero-cost-nas. Exact: the engine carries derivatives along the weights
 * through both passes and takes g H w, which is the same, as H is symmetric.
 */
export const grasp: ProbingMetric<GraspSettings, readonly [CurvatureTask]> = {
  name: 'grasp',
  title: 'flow of the gradient when the weights shrink',
  better: 'higher',
  paper: 'Wang, Zhang and Grosse, ICLR 2020, arXiv 2002.07376',
  about: 'How fast the squared norm of the gradient grows as all weights shrink.',
  needs: ['labels'],
  settings: z.strictObject({
    temperature: z
      .number()
      .min(0.001)
      .max(1_000_000)
      .default(1)
      .describe('divides the outputs before the loss; the authors prune with 200'),
    ...batchFields(),
  }),
  failures: { overflow: 'a gradient or its derivative is no finite number' },
  pass: batchPass,
  tasks: ({ temperature }) => [{ kind: 'curvature', temperature }],
  value([{ products }]) {
    const value = -total(Array.from(products));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};
