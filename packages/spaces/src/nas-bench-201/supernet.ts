import { GraphBuilder, type NodeId } from '@tenas/graph';
import { batchNormClassifier, convStem } from '../layers.js';
import { mixEdges, type Supernet, supernetOf } from '../supernet.js';
import { addOperation } from './cell-operation.js';
import { NAS_BENCH_201_DECISIONS, NAS_BENCH_201_NODES, NAS_BENCH_201_OPS } from './operations.js';
import { type NasBench201SupernetSize, nasBench201SupernetSize } from './size.js';
import { addStages } from './stages.js';

/**
 * The supernet of NAS-Bench-201: stem, N cells, a residual block at stride 2, N cells, a residual block, N cells,
 * batch norm, ReLU, global average, classifier. Parameters are named as the reference's `TinyNetworkDarts`,
 * e.g. `cells.0.edges.1<-0.3.op.1.weight` (3 = place of nor_conv_3x3 among the operations).
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function nasBench201Supernet(given: NasBench201SupernetSize): Supernet {
  const size = nasBench201SupernetSize(given);
  const graph = new GraphBuilder();
  const image = graph.input(size.inputShape);
  const first = size.useStem ? convStem(graph, image, size.C) : image;
  const last = addStages(graph, first, {
    ...size,
    addCell: (input, name, channels) => addMixedCell(graph, input, name, channels),
  });
  return supernetOf(NAS_BENCH_201_DECISIONS, graph.build(batchNormClassifier(graph, last, size.numClasses)));
}

function addMixedCell(graph: GraphBuilder, input: NodeId, name: string, channels: number): NodeId {
  const nodes = [input];
  for (const { node } of NAS_BENCH_201_NODES) {
    const edges = nodes.map((from, number) => {
      const edge = `${node}<-${number}`;
      const module = `${name}.edges.${edge}`;
      const places: readonly string[] = NAS_BENCH_201_OPS;
      const apply = (op: string) =>
        addOperation(graph, from, { op, name: `${module}.${places.indexOf(op)}`, channels });
      return { decision: `cell/${edge}`, apply };
    });
    nodes.push(mixEdges(graph, { name: `${name}.node${node}`, ops: NAS_BENCH_201_OPS, edges }));
  }
  return nodes.at(-1)!;
}
