import type { Graph } from '@tenas/graph';
import { parseNasBench101 } from '@tenas/spaces';
import { commonConstants, outputsOf, type ReadableSpace } from './readable-network.js';

/** Networks of NAS-Bench-101. */
export const nasBench101Code: ReadableSpace = (genotype, graph) => {
  const { matrix, ops } = parseNasBench101(genotype);
  return {
    constants: [
      'MATRIX = [',
      ...matrix.map((row) => `    [${row.join(', ')}],`),
      ']',
      'OPERATIONS = [',
      ...['input', ...ops, 'output'].map((op) => `    "${op}",`),
      ']',
      `STEM_CHANNELS = ${outputsOf(graph, 'layers.0.conv_bn_relu.0.weight')}`,
      `MODULES_PER_STACK = ${modulesPerStack(graph)}`,
      ...commonConstants(graph),
    ],
    pieces: ['nas_bench_101'],
    auxiliary: false,
  };
};

/** Every module has parameters: something reads its input through a projection. */
function modulesPerStack(graph: Graph): number {
  const layers = graph.params.flatMap(({ name }) => /^layers\.(\d+)\.input_op\./.exec(name)?.[1] ?? []);
  return new Set(layers).size / 3;
}
