import type { Graph } from '@tenas/graph';
import { NAS_BENCH_201_NODES, type NasBench201Architecture, parseNasBench201 } from '@tenas/spaces';
import { commonConstants, outputsOf, type ReadableSpace } from './readable-network.js';

/** The cell as a Python literal: for every node its operations, each with the node that it reads. */
export function cellLines({ ops }: NasBench201Architecture): string[] {
  const nodes = NAS_BENCH_201_NODES.map(({ node, firstEdge }) => {
    const inputs = ops.slice(firstEdge, firstEdge + node).map((op, input) => `("${op}", ${input})`);
    return `    [${inputs.join(', ')}],`;
  });
  return ['GENOTYPE = [', ...nodes, ']'];
}

/** Networks of NAS-Bench-201. */
export const nasBench201Code: ReadableSpace = (genotype, graph) => ({
  constants: [
    ...cellLines(parseNasBench201(genotype)),
    `INIT_CHANNELS = ${outputsOf(graph, 'stem.0.weight')}`,
    `CELLS_PER_STAGE = ${cellsPerStage(graph)}`,
    ...commonConstants(graph),
  ],
  pieces: ['relu_conv_bn', 'infer_cell', 'nas_bench_201'],
  auxiliary: false,
});

/** The first block stands behind the cells of the first stage, some of which may have no parameters. */
function cellsPerStage(graph: Graph): number {
  const blocks = graph.params.flatMap(({ name }) => /^cells\.(\d+)\.conv_a\./.exec(name)?.[1] ?? []);
  return Math.min(...blocks.map(Number));
}
