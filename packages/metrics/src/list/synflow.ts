import type { GradientTask, Init } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { initField, networkField } from './fields.js';
import { SUMS, sumsOfLayers, total } from './gradients.js';

/** Settings of {@link synflow}. */
export interface SynflowSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default `pytorch`, as published. */
  readonly init: Init;
}

/**
 * Sum of the products of weights along all paths, times the layers on them, higher is better (Tanaka et al., NeurIPS 2020,
 * arXiv 2006.05467; as a score of networks: Abdelfattah et al., ICLR 2021, arXiv 2101.08134). All parameters without their
 * signs, batch norms left out, one image of ones, r = sum of the outputs: sum over the weights w of convolutions and linear
 * layers of w dr/dw. Needs no images and no labels. It grows exponentially with depth: compare ranks or logarithms.
 */
export const synflow: ProbingMetric<SynflowSettings, readonly [GradientTask]> = {
  name: 'synflow',
  title: 'synaptic flow',
  better: 'higher',
  paper: 'Tanaka, Kunin, Yamins and Ganguli, NeurIPS 2020, arXiv 2006.05467',
  about:
    'How much signal can flow from the input to the output if no weight holds another one back: the products of the weights along all paths, added up. It needs no images.',
  needs: [],
  settings: z.strictObject({ network: networkField(), init: initField('pytorch') }),
  failures: { overflow: 'the sum is beyond double precision' },
  pass: ({ network, init }) => ({
    network,
    inputs: { kind: 'ones' },
    batchSize: 1,
    init,
    absolute: true,
  }),
  tasks: () => [
    { kind: 'gradient', loss: { kind: 'sum' }, statistics: 'none', of: ['parameters'], reduce: 'sums' },
  ],
  value([answer], { graph }) {
    const value = total(sumsOfLayers(graph, answer, SUMS.timesWeight));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};
