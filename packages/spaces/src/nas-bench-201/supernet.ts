import { GraphBuilder, type NodeId } from '@tenas/graph';
import { type OpGrid, uniformActive } from '../active-ops.js';
import { resolveSupernetConfig, type SupernetConfig } from '../config.js';
import { batchNormClassifier, convStem } from '../layers.js';
import { mixEdges, type Supernet, supernetOf } from '../supernet.js';
import { addOperation } from './cell-operation.js';
import { NAS_BENCH_201_EDGES, NAS_BENCH_201_NODES, NAS_BENCH_201_OPS } from './operations.js';
import { addStages } from './stages.js';

/** What the active sets of the space range over: one cell type, six edges, five operations. */
export const NAS_BENCH_201_GRID: OpGrid = {
  cellTypes: ['cell'],
  edges: NAS_BENCH_201_EDGES,
  ops: NAS_BENCH_201_OPS,
};

/** Every operation but `none` on every edge: where the pruning search starts. */
export function fullNasBench201Active() {
  return uniformActive(
    NAS_BENCH_201_GRID,
    NAS_BENCH_201_OPS.filter((op) => op !== 'none'),
  );
}

/**
 * The supernet of NAS-Bench-201: stem, N cells, a residual block at stride 2, N cells, a residual block, N cells,
 * batch norm, ReLU, global average, classifier. Parameters are named as the reference's `TinyNetworkDarts`,
 * e.g. `cells.0.edges.1<-0.3.op.1.weight` (3 = place of nor_conv_3x3 among the operations).
 *
 * The pruning protocol scores it with C 3 and all five cells (NTK) and with C 1, depth 1 and no stem (regions).
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function nasBench201Supernet(config: SupernetConfig): Supernet {
  const size = resolveSupernetConfig(config, { stemMultiplier: false });
  const graph = new GraphBuilder();
  const image = graph.input(size.inputShape);
  const first = size.useStem ? convStem(graph, image, size.C) : image;
  const last = addStages(graph, first, {
    ...size,
    addCell: (input, name, shape) => addMixedCell(graph, input, name, shape[0]),
  });
  return supernetOf(NAS_BENCH_201_GRID, graph.build(batchNormClassifier(graph, last, size.numClasses)));
}

function addMixedCell(graph: GraphBuilder, input: NodeId, name: string, channels: number): NodeId {
  const nodes = [input];
  for (const { node } of NAS_BENCH_201_NODES) {
    const edges = nodes.map((from, number) => {
      const edge = `${node}<-${number}`;
      const module = `${name}.edges.${edge}`;
      const apply = (op: string) =>
        addOperation(graph, from, { op, name: `${module}.${NAS_BENCH_201_GRID.ops.indexOf(op)}`, channels });
      return { edge, apply };
    });
    nodes.push(mixEdges(graph, { name: `${name}.node${node}`, cell: 'cell', ops: NAS_BENCH_201_OPS, edges }));
  }
  return nodes.at(-1)!;
}
