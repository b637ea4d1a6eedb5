import { sizeOf } from '@tenas/graph/definitions';
import { type GradientTask, rowCorrelations } from '@tenas/native/definitions';
import type { ProbingMetric } from '../metric.js';
import { type BatchSettings, batchPass, batchSettings } from './batch-settings.js';
import { total } from './gradients.js';

/** Keeps the logarithm of a correlation of 0 finite; the published value. */
const OFFSET = 1e-5;

/** More classes than these are compared with each other; the published number. */
const MOST_CLASSES = 100;

/**
 * How differently a network answers images of one class, higher is better (Lopes et al., ICANN 2021, arXiv 2102.08099): the
 * gradients of `jacov`, R_c the correlations between the images of class c, s_c = sum over R_c of log(|R_c| + k), k = 1e-5. Up
 * to 100 classes: sum of |s_c|. More: s_c over the class's images, sum over ordered pairs of classes of |s_c - s_d|, over the
 * number of classes in the batch. Where a class has one image in the batch it says nothing.
 */
export const epeNas: ProbingMetric<BatchSettings, readonly [GradientTask]> = {
  name: 'epe-nas',
  title: 'correlations of the Jacobian within classes',
  better: 'higher',
  paper: 'Lopes, Alirezazadeh and Alexandre, ICANN 2021, arXiv 2102.08099',
  about:
    'How differently a network would answer small changes of images that show the same thing. It needs batches in which classes repeat.',
  needs: ['labels'],
  settings: batchSettings(),
  failures: { constant: 'the outputs do not depend on an image, or depend on it beyond single precision' },
  pass: batchPass,
  tasks: () => [
    { kind: 'gradient', loss: { kind: 'sum' }, statistics: 'batch', of: ['input'], reduce: 'sums' },
  ],
  value([{ input }], { graph, labels, settings }) {
    const gradient = input!;
    const length = gradient.length / settings.batchSize;
    const classes = [...new Set(labels!)].sort((a, b) => a - b);
    const many = sizeOf(graph.nodes[graph.output]!.shape) > MOST_CLASSES;
    const sums: number[] = [];
    for (const one of classes) {
      const images = Array.from(labels!.keys()).filter((image) => labels![image] === one);
      const rows = new Float32Array(images.length * length);
      for (const [row, image] of images.entries()) {
        rows.set(gradient.subarray(image * length, (image + 1) * length), row * length);
      }
      const matrix = rowCorrelations(rows, images.length);
      if (matrix === null) return { failure: 'constant' };
      const sum = total(Array.from(matrix, (value) => Math.log(Math.abs(value) + OFFSET)));
      sums.push(many ? sum / images.length : sum);
    }
    if (!many) return total(sums.map(Math.abs));
    return total(sums.map((sum) => total(sums.map((other) => Math.abs(sum - other))))) / classes.length;
  },
};
