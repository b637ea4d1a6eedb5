import { type Graph, sizeOf } from '@tenas/graph/definitions';
import type { GradientAnswer, GradientTask, Init } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { batchSizeField, initField, networkField } from './fields.js';
import { spansOf, valuesOfGradient } from './gradients.js';
import { regressionError } from './kernel-regression.js';

/** Settings of {@link tegnasMse}. */
export interface TegnasMseSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Images to learn from, and as many others to predict. Default 64, as published. */
  readonly batchSize: number;
  /** Default `pytorch`, as published. */
  readonly init: Init;
  /**
   * Added to the kernel's diagonal, as a share of its mean. Default 1e-6; published is 0, which makes the value of batches
   * like these one of rounding.
   */
  readonly ridge: number;
}

/**
 * Error of kernel regression by the neural tangent kernel, lower is better (TEG-NAS: Chen et al., arXiv 2108.11939,
 * generalisation): J the gradients of the sum of each image's outputs, through the batch statistics, by the weights of the
 * cells; K = J J^T of one batch, K' = J' J^T of another one with it, Y the labels as one-hot less their mean in the batch; mean
 * over the other batch's images of |K' (K + ridge mean(diag K) I)^-1 Y - Y'|^2. In networks without a parameter that is
 * named after a cell, all weights count. It takes one backward pass for each image, and 8 bytes for each image and parameter.
 */
export const tegnasMse: ProbingMetric<TegnasMseSettings, readonly GradientTask[]> = {
  name: 'tegnas-mse',
  title: 'error of kernel regression',
  better: 'lower',
  paper: 'Chen, Gong, Wu, Wei, Shi, Yan, Yang and Wang, 2021, arXiv 2108.11939',
  about:
    'How well a network that is trained for very long, in theory, on one batch of images tells the classes of another batch.',
  needs: ['labels'],
  settings: z.strictObject({
    network: networkField(),
    batchSize: batchSizeField(64, 512),
    init: initField('pytorch'),
    ridge: z
      .number()
      .min(0)
      .max(1000)
      .default(1e-6)
      .describe("added to the kernel's diagonal, as a share of its mean; 0: as published"),
  }),
  failures: { singular: 'the kernel is singular or not finite' },
  pass: ({ network, batchSize, init }) => ({
    network,
    inputs: { kind: 'training' },
    batchSize,
    batches: 2,
    init,
  }),
  tasks: ({ batchSize }, { nodes, output }) => {
    const outputs = sizeOf(nodes[output]!.shape);
    return Array.from({ length: batchSize }, (_, image): GradientTask => {
      const values = new Float32Array(2 * batchSize * outputs);
      for (const batch of [0, 1]) {
        const first = (batch * batchSize + image) * outputs;
        values.fill(1, first, first + outputs);
      }
      return {
        kind: 'gradient',
        loss: { kind: 'output-gradient', values },
        statistics: 'batch',
        of: ['parameters'],
        reduce: 'values',
        batches: 2,
      };
    });
  },
  value(answers, { graph, labels, settings: { batchSize, ridge } }) {
    const [jacobian, others] = [0, 1].map((batch) => jacobianOf(graph, answers, batch));
    const classes = sizeOf(graph.nodes[graph.output]!.shape);
    const error = regressionError({
      train: products(jacobian!, jacobian!),
      cross: products(others!, jacobian!),
      labels: labels!.subarray(0, batchSize),
      otherLabels: labels!.subarray(batchSize),
      classes,
      ridge,
    });
    return error ?? { failure: 'singular' };
  },
};

/** The gradient of each image's outputs by the weights of the cells, one row for each. */
function jacobianOf(graph: Graph, answers: readonly GradientAnswer[], batch: number): Float32Array[] {
  const weights = ({ name }: { readonly name: string }): boolean => name.includes('weight');
  const inCells = spansOf(graph, (param) => weights(param) && param.name.includes('cell'));
  const spans = inCells.length > 0 ? inCells : spansOf(graph, weights);
  const columns = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  return answers.map((answer) => {
    const values = valuesOfGradient(answer);
    const first = (batch * values.length) / 2;
    const row = new Float32Array(columns);
    let place = 0;
    for (const { start, end } of spans) {
      row.set(values.subarray(first + start, first + end), place);
      place += end - start;
    }
    return row;
  });
}

/** Products of each of some rows with each of others, which may be the same. */
function products(rows: readonly Float32Array[], others: readonly Float32Array[]): Float64Array {
  const matrix = new Float64Array(rows.length * others.length);
  for (const [i, row] of rows.entries()) {
    for (const [j, other] of others.entries()) {
      const known = rows === others && j < i;
      matrix[i * others.length + j] = known ? matrix[j * others.length + i]! : product(row, other);
    }
  }
  return matrix;
}

/** Two sums at a time: one alone would wait for itself. */
function product(row: Float32Array, other: Float32Array): number {
  let [even, odd] = [0, 0];
  let k = 0;
  for (; k + 1 < row.length; k += 2) {
    even += row[k]! * other[k]!;
    odd += row[k + 1]! * other[k + 1]!;
  }
  if (k < row.length) even += row[k]! * other[k]!;
  return even + odd;
}
