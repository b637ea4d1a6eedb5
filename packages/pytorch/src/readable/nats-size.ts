import { NATS_SIZE_CELL, parseNasBench201 } from '@tenas/spaces';
import { cellLines } from './nas-bench-201.js';
import { commonConstants, outputsOf, type ReadableSpace } from './readable-network.js';

/** Where the width of each layer is found. The widths of the text may have been divided. */
const WIDTH_OF = [
  'cells.0.layers.0.op.1.weight',
  'cells.1.conv_a.op.1.weight',
  'cells.2.layers.0.op.1.weight',
  'cells.3.conv_a.op.1.weight',
  'cells.4.layers.0.op.1.weight',
];

/** Networks of the size space of NATS-Bench. */
export const natsSizeCode: ReadableSpace = (_genotype, graph) => ({
  constants: [
    ...cellLines(parseNasBench201(NATS_SIZE_CELL)),
    `WIDTHS = [${WIDTH_OF.map((parameter) => outputsOf(graph, parameter)).join(', ')}]`,
    ...commonConstants(graph),
  ],
  pieces: ['relu_conv_bn', 'infer_cell', 'nats_size'],
  auxiliary: false,
});
