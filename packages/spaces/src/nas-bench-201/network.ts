import { type Graph, GraphBuilder } from '@tenas/graph';
import { batchNormClassifier, convStem, keepAlive } from '../layers.js';
import type { NasBench201Architecture } from './genotype.js';
import { addInferCell } from './infer-cell.js';
import { type NasBench201Size, nasBench201Size } from './size.js';
import { addStages } from './stages.js';

/**
 * The network of one architecture: 3N cells in three stages (benchmark: C 16, N 5). Parameters are named as the
 * reference's `TinyNetwork`, e.g. `cells.0.layers.2.op.1.weight` (2 = the operation's place in the string).
 *
 * Every operation is built, also those that the output does not depend on, as in the benchmark.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function nasBench201Network(architecture: NasBench201Architecture, size: NasBench201Size = {}): Graph {
  const { C, N, numClasses, inputShape } = nasBench201Size(size);
  const graph = new GraphBuilder();
  const stem = convStem(graph, graph.input(inputShape), C);
  if ([0, 1, 3].every((place) => architecture.ops[place] === 'none')) {
    // Nothing reads the cell's input: a sum keeps the stem, which the benchmark has, alive.
    keepAlive(graph, [stem], 'stem.sum');
  }
  const last = addStages(graph, stem, {
    C,
    N,
    depth: Number.POSITIVE_INFINITY,
    inputShape,
    addCell: (input, name, channels) => addInferCell(graph, input, architecture, { name, channels }),
  });
  return graph.build(batchNormClassifier(graph, last, numClasses));
}
