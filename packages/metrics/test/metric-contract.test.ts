import { expect, it } from 'vitest';
import { linearRegions, metrics, ntk } from '../src/index.js';
import { describeMetric } from './metric-contract.js';

const kernelOf = (...eigenvalues: number[]) => ({
  kernel: new Float64Array(eigenvalues.length ** 2),
  eigenvalues: Float64Array.from(eigenvalues),
  logits: new Float32Array(0),
});

describeMetric({
  metric: ntk,
  settings: { mode: 'batch', batchSize: 4, init: 'pytorch' },
  inputValues: 4 * 3 * 32 * 32,
  wrong: { mode: 'exact', batchSize: 1, init: 'orthogonal' },
  improving: {
    kind: 'ntk',
    seconds: 1,
    evaluations: [kernelOf(0, 1, 2), kernelOf(1, 2, 50), kernelOf(1, 2, 3), kernelOf(4, 4, 4)],
  },
  firstHasNoValue: true,
});

describeMetric({
  metric: linearRegions,
  settings: { batches: 2, batchSize: 5, init: 'pytorch' },
  inputValues: 2 * 5 * 1 * 3 * 3,
  wrong: { batches: 0, batchSize: 1.5, channels: 4, crop: -3, init: '' },
  improving: {
    kind: 'regions',
    seconds: 1,
    evaluations: [
      { regions: 1, neurons: 9 },
      { regions: 20, neurons: 9 },
      { regions: 300, neurons: 9 },
    ],
  },
  firstHasNoValue: false,
});

it('every metric is under contract here, and has a name of its own', () => {
  const all = Object.values(metrics);
  expect(all).toEqual([ntk, linearRegions]);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});
