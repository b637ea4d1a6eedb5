import { sizeOf } from '@tenas/graph/definitions';
import type { GradientTask, Init } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { initField, networkField } from './fields.js';
import { spansOfLayers, valuesOfGradient } from './gradients.js';

/** Settings of {@link logSynflow}. */
export interface LogSynflowSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default `kaiming_fan_out`, as published. */
  readonly init: Init;
}

/**
 * The engine gives the gradient in single precision, in which that of deep networks is infinite: it is asked for in this
 * unit, a power of 2, so that nothing is rounded. 0 to 4e68 are left, where only what is below 1e-8 has fewer digits.
 */
const UNIT = 2 ** -100;

/**
 * Synaptic flow, its gradients by their logarithm, higher is better (Cavagnero et al., WACV 2023, arXiv 2207.05135): all
 * parameters without their signs, batch norms left out, one image of ones, r = sum of the outputs: sum over the weights w of
 * convolutions and linear layers of w log(1 + dr/dw). The paper takes the mean of three repeats. Needs no images and no
 * labels.
 */
export const logSynflow: ProbingMetric<LogSynflowSettings, readonly [GradientTask]> = {
  name: 'logsynflow',
  title: 'synaptic flow by logarithms',
  better: 'higher',
  paper: 'Cavagnero, Robbiano, Caputo and Averta, WACV 2023, arXiv 2207.05135',
  about:
    'How much signal can flow through every weight, counted in orders of magnitude, so that a few wide paths do not outweigh all others. It needs no images.',
  needs: [],
  settings: z.strictObject({ network: networkField(), init: initField('kaiming_fan_out') }),
  failures: { overflow: 'a gradient is beyond 4e68' },
  pass: ({ network, init }) => ({ network, inputs: { kind: 'ones' }, batchSize: 1, init, absolute: true }),
  tasks: (_, { nodes, output }) => [
    {
      kind: 'gradient',
      loss: {
        kind: 'output-gradient',
        values: new Float32Array(sizeOf(nodes[output]!.shape)).fill(UNIT),
      },
      statistics: 'none',
      of: ['parameters'],
      reduce: 'values',
    },
  ],
  value([answer], { graph, coefficients, weights }) {
    const gradient = valuesOfGradient(answer);
    const values = weights();
    let sum = 0;
    for (const { start, end } of spansOfLayers(graph, coefficients)) {
      for (let i = start; i < end; i++) sum += values[i]! * Math.log1p(gradient[i]! / UNIT);
    }
    return Number.isFinite(sum) ? sum : { failure: 'overflow' };
  },
};
