import type { Graph, OpName } from '@tenas/graph/definitions';
import { type PixelRange, type PixelsTask, symmetricEigenvalues } from '@tenas/native/definitions';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchPass, batchSettings } from './batch-settings.js';
import { total } from './gradients.js';

/** The operations whose outputs are looked at: the modules of PyTorch with a weight, and activations. */
const OPS: ReadonlySet<OpName> = new Set(['conv2d', 'linear', 'batchNorm', 'relu', 'activation']);

/**
 * How many dimensions the features of each layer fill, higher is better (NEAR: Husistein, Reiher and Eckhoff, ICLR 2025, arXiv
 * 2408.08776): the outputs of every convolution, linear layer, batch norm and activation as rows, one for each pixel, with a
 * column for each channel; of C rows that follow each other the singular values, as shares p of their sum; sum over outputs of
 * exp(-sum p ln p). The authors draw the rows and take the mean of 32 repeats; here they are the same for all: from the middle
 * column of the middle image on, column by column. An output with fewer rows than channels counts with all of them; one of
 * zeros counts 0.
 */
export const near: ProbingMetric<BatchSettings, readonly [PixelsTask]> = {
  name: 'near',
  title: 'effective ranks of features',
  better: 'higher',
  paper: 'Husistein, Reiher and Eckhoff, ICLR 2025, arXiv 2408.08776',
  about:
    'How many dimensions the outputs of each layer really use. A layer whose channels are all alike uses one, whatever its width.',
  needs: [],
  settings: batchSettings('deep'),
  failures: { overflow: 'features are beyond single precision' },
  pass: batchPass,
  tasks: ({ batchSize }, graph) => [{ kind: 'pixels', ranges: rangesOf(graph, batchSize) }],
  value([{ values }], { settings: { batchSize }, graph }) {
    const ranges = rangesOf(graph, batchSize);
    const ranks = values.map((rows, place) =>
      rows.length === 0 ? 0 : effectiveRank(rows, ranges[place]!.count),
    );
    const value = total(ranks);
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

/** As many pixels as channels, from the middle on, or the last ones there are. */
function rangesOf({ nodes }: Graph, batchSize: number): PixelRange[] {
  return nodes.flatMap(({ id, op, shape: [channels, height, width] }) => {
    if (!OPS.has(op)) return [];
    const pixels = batchSize * height * width;
    const middle = Math.floor(batchSize / 2) * height * width + Math.floor(width / 2) * height;
    const count = Math.min(channels, pixels);
    return [{ node: id, first: Math.min(middle, pixels - count), count }];
  });
}

/**
 * Exponential of the entropy of the singular values, as shares of their sum; 0 for zeros, NaN for what is not finite. By the
 * eigenvalues of the rows' products: values below 1e-8 of the largest, which hardly count, come out of rounding.
 *
 * @param rows [count, length] row-major
 */
export function effectiveRank(rows: Float64Array, count: number): number {
  const length = rows.length / count;
  const largest = rows.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 0;
  if (!Number.isFinite(largest)) return Number.NaN;
  const shares = rows.map((value) => value / largest);
  const products = new Float64Array(count ** 2);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        sum += shares[i * length + k]! * shares[j * length + k]!;
      }
      products[i * count + j] = sum;
      products[j * count + i] = sum;
    }
  }
  const singular = Array.from(symmetricEigenvalues(products, count), (value) =>
    Math.sqrt(Math.max(value, 0)),
  );
  const all = total(singular);
  return Math.exp(-total(singular.map((value) => (value === 0 ? 0 : (value / all) * Math.log(value / all)))));
}
