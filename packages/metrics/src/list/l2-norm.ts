import type { Init } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { initField, networkField } from './fields.js';
import { type Span, spansOfLayers, total } from './gradients.js';

/** Settings of {@link l2Norm}. */
export interface L2NormSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default `pytorch`, as published. */
  readonly init: Init;
}

/**
 * Size of the initial weights, higher is better (Abdelfattah et al., ICLR 2021, arXiv 2101.08134): sum over the convolutions
 * and linear layers that run of |w|, the Euclidean norm. It counts layers and their widths, and needs no images.
 */
export const l2Norm: ProbingMetric<L2NormSettings, readonly []> = {
  name: 'l2-norm',
  title: 'norms of the initial weights',
  better: 'higher',
  paper: 'Abdelfattah, Mehrotra, Dudziak and Lane, ICLR 2021, arXiv 2101.08134',
  about: 'How large the random weights are in all: a smooth way to count layers and channels.',
  needs: [],
  settings: z.strictObject({ network: networkField(), init: initField('pytorch') }),
  failures: { overflow: 'a weight is no finite number' },
  pass: ({ network, init }) => ({ network, inputs: { kind: 'ones' }, batchSize: 1, init }),
  // The weights are drawn without the engine's having to look at an image.
  tasks: () => [],
  value(_, { graph, coefficients, weights }) {
    const values = weights();
    const value = total(spansOfLayers(graph, coefficients).map((span) => norm(values, span)));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

/** Euclidean norm of some of the values. */
function norm(values: Float32Array, { start, end }: Span): number {
  // Four sums side by side: each addition of a single one would wait for the one before.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const p = values[i]!;
    const q = values[i + 1]!;
    const r = values[i + 2]!;
    const s = values[i + 3]!;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; i < end; i++) a += values[i]! * values[i]!;
  return Math.sqrt(a + b + (c + d));
}
