import type { Graph } from '@tenas/graph';
import { type DartsArchitecture, type DartsCell, darts, dartsFrc } from '@tenas/spaces';
import { commonConstants, outputsOf, type ReadableNetwork, type ReadableSpace } from './readable-network.js';

function cellLines(type: string, cell: DartsCell | null): string[] {
  // The fixed reduction cell has no operations to name; all four parts make its output.
  if (cell === null) return [`    ${type}=None,`, `    ${type}_concat=[2, 3, 4, 5],`];
  const { inputs, concat } = cell;
  return [
    `    ${type}=[`,
    ...inputs.map(({ op, state }) => `        ("${op}", ${state}),`),
    '    ],',
    `    ${type}_concat=[${concat.join(', ')}],`,
  ];
}

/** Networks of DARTS, for small and for large images. */
export const dartsCode: ReadableSpace = (genotype, graph) => codeOf(darts.parse(genotype), graph);

/** Networks of DARTS with the fixed reduction cell. */
export const dartsFrcCode: ReadableSpace = (genotype, graph) =>
  codeOf({ normal: dartsFrc.parse(genotype).normal, reduce: null }, graph);

function codeOf(
  { normal, reduce }: Pick<DartsArchitecture, 'normal' | 'reduce'>,
  graph: Graph,
): ReadableNetwork {
  const large = graph.params.some(({ name }) => name === 'stem0.0.weight');
  const layers = cellsOf(graph);
  // Of fewer than three cells the first one reduces, and has twice the channels.
  const channels = outputsOf(graph, 'cells.0.preprocess1.op.1.weight') / (layers < 3 ? 2 : 1);
  const stem = large ? [] : [`STEM_MULTIPLIER = ${outputsOf(graph, 'stem.0.weight') / channels}`];
  return {
    constants: [
      'Genotype = namedtuple("Genotype", "normal normal_concat reduce reduce_concat")',
      'GENOTYPE = Genotype(',
      ...cellLines('normal', normal),
      ...cellLines('reduce', reduce),
      ')',
      `INIT_CHANNELS = ${channels}`,
      `LAYERS = ${layers}`,
      ...stem,
      ...commonConstants(graph),
    ],
    pieces: ['relu_conv_bn', 'darts_cell', large ? 'darts_imagenet' : 'darts_cifar'],
    auxiliary: true,
  };
}

/** Every cell has parameters: it brings its inputs to its width. */
function cellsOf(graph: Graph): number {
  return new Set(graph.params.flatMap(({ name }) => /^cells\.\d+\./.exec(name)?.[0] ?? [])).size;
}
