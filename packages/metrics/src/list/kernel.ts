import type { Init, NtkTask } from '@tenas/native';
import { z } from 'zod';
import type { Failure, Pass, ProbingMetric } from '../metric.js';
import { batchSizeField, initField } from './fields.js';

/**
 * How a neural tangent kernel treats batch norm: `batch` differentiates through the statistics of the batch, as published
 * code does; `sample` holds them constant, which is far cheaper.
 */
export type NtkMode = NtkTask['mode'];

/** All modes. */
export const NTK_MODES: readonly NtkMode[] = ['batch', 'sample'];

/** Settings that all metrics of a neural tangent kernel have: where they agree, one kernel serves all of them. */
export interface KernelSettings {
  /** Default `sample`. */
  readonly mode: NtkMode;
  /** Images in the batch, which is the size of the kernel. Default 32. */
  readonly batchSize: number;
  /** Default `kaiming_fan_out`. */
  readonly init: Init;
}

/** The fields of {@link KernelSettings}, with their defaults. */
export function kernelFields() {
  return {
    mode: z.enum(NTK_MODES).default('sample').describe('gradients through the batch statistics, or not'),
    // A kernel of one image has one eigenvalue and says nothing; 4,096 images are 128 MiB of kernel.
    batchSize: batchSizeField(32, 4096),
    init: initField('kaiming_fan_out'),
  };
}

/** The pass that a kernel is computed in. */
export function kernelPass({ batchSize, init }: KernelSettings): Pass {
  return { network: 'proxy', inputs: { kind: 'training' }, batchSize, init };
}

/** A metric of the entries of the kernel at initialisation, higher is better. */
export function kernelMetric(
  about: Pick<ProbingMetric, 'name' | 'title' | 'paper' | 'about'>,
  /** @param kernel [n, n], symmetric */
  measure: (kernel: Float64Array, n: number) => number,
): ProbingMetric<KernelSettings, readonly [NtkTask]> {
  return {
    ...about,
    better: 'higher',
    needs: [],
    settings: z.strictObject(kernelFields()),
    failures: { overflow: 'an entry of the kernel is no finite number' },
    pass: kernelPass,
    tasks: ({ mode }) => [{ kind: 'ntk', mode }],
    value([{ kernel }], { settings }): number | Failure {
      const value = measure(kernel, settings.batchSize);
      return Number.isFinite(value) ? value : { failure: 'overflow' };
    },
  };
}

/** Sum of the kernel's diagonal, which is the sum of its eigenvalues. */
export function traceOf(kernel: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += kernel[i * (n + 1)]!;
  return sum;
}
