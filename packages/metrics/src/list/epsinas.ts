import type { ConstantsTask } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { batchSizeField, networkField } from './fields.js';

/** In which precision: `double`, in which almost every network has a value, or the authors' single precision. */
export const EPSINAS_VARIANTS = ['double', 'published'] as const;

/** Settings of {@link epsinas}. */
export interface EpsinasSettings {
  /** Default `double`. */
  readonly variant: (typeof EPSINAS_VARIANTS)[number];
  /** Default `final`, as published. */
  readonly network: AnyNetwork;
  /** Default 256, as published. */
  readonly batchSize: number;
  /** The smaller value of all weights. Default 1e-7, as published. */
  readonly small: number;
  /** The larger value of all weights. Default 1, as published. */
  readonly large: number;
}

/**
 * How much the size of its weights changes what a network does, higher is better (Gracheva, Artificial Intelligence Review
 * 2025, arXiv 2302.04406): its outputs for a batch with all weights the same small number, those of batch norms too, and no
 * biases; and with a large one. Each batch of outputs as shares of its range, what is exactly 0 left out: mean |difference| /
 * mean of both. Small weights all but cut the paths through convolutions, so the value says how much these add to those through
 * skip connections and poolings. `published`: in single precision outputs of networks in which a convolution is on every path
 * are all 0, and they have no value. In double precision they have one, unless no path is live. Needs no labels, and draws no
 * weights.
 */
export const epsinas: ProbingMetric<EpsinasSettings, readonly [ConstantsTask]> = {
  name: 'epsinas',
  title: 'change of outputs with the size of weights',
  better: 'higher',
  paper: 'Gracheva, Artificial Intelligence Review 2025, arXiv 2302.04406',
  about:
    'All weights get the same value, first a tiny one, then 1. What changes in between is what the layers with weights add to those without: skip connections and poolings.',
  needs: [],
  settings: z
    .strictObject({
      variant: z
        .enum(EPSINAS_VARIANTS)
        .default('double')
        .describe('precision; in the published one most networks without a skip connection have no value'),
      network: networkField('final'),
      batchSize: batchSizeField(256, 4096),
      small: z.number().positive().max(1e6).default(1e-7).describe('the smaller value of all weights'),
      large: z.number().positive().max(1e6).default(1).describe('the larger value of all weights'),
    })
    .check(({ value, issues }) => {
      if (value.small < value.large) return;
      issues.push({
        code: 'custom',
        input: value,
        path: ['small'],
        message: `a number below large, which is ${value.large}`,
      });
    }),
  failures: {
    constant: 'all outputs are the same: no path is live, or they are too small for the precision',
  },
  pass: ({ network, batchSize }) => ({
    network,
    inputs: { kind: 'training' },
    batchSize,
    // No weight is looked at; of the usual ways to draw them this one may share a pass.
    init: 'pytorch',
  }),
  tasks: ({ small, large }) => [{ kind: 'constants', weights: [small, large] }],
  value([{ outputs, exponents }], { settings: { variant } }) {
    const half = outputs.length / 2;
    const [one, other] = [0, 1].map((place) => {
      const own = outputs.subarray(place * half, (place + 1) * half);
      const scale = 2 ** exponents[place]!;
      return sharesOfRange(variant === 'published' ? own.map((value) => Math.fround(value * scale)) : own);
    });
    if (one === null || other === null) return { failure: 'constant' };
    const value =
      meanOf(one!.map((share, place) => Math.abs(share - other![place]!))) / meanOf([...one!, ...other!]);
    return Number.isFinite(value) ? value : { failure: 'constant' };
  },
};

/** Values as shares of their range, 0 as NaN; null where they are all the same, or not finite. */
function sharesOfRange(values: Float64Array): number[] | null {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!(most > least) || !Number.isFinite(most - least)) return null;
  return Array.from(values, (value) => {
    const share = (value - least) / (most - least);
    return share === 0 ? Number.NaN : share;
  });
}

/** Mean of those that are numbers. */
function meanOf(values: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
