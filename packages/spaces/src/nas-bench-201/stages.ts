import type { GraphBuilder, NodeId, Shape } from '@tenas/graph';
import { reluConvBn } from '../layers.js';
import { sizeError } from '../size-fields.js';

/**
 * The frame that supernet and single networks share: three stages of N cells at C, 2C and 4C channels, with a
 * residual block at stride 2 between them. Cells and blocks are numbered together: `cells.0`, `cells.1`, ...
 *
 * @param options.depth how many of the 3N + 2 to build
 * @param options.addCell adds a cell that keeps the shape of its input
 * @throws TenasError `CONFIG_INVALID` if a residual block would halve an odd size.
 */
export function addStages(
  graph: GraphBuilder,
  input: NodeId,
  options: {
    C: number;
    N: number;
    depth: number;
    inputShape: Shape;
    addCell: (input: NodeId, name: string, channels: number) => NodeId;
  },
): NodeId {
  const { C, N, depth, inputShape, addCell } = options;
  let channels = C;
  let last = input;
  for (let index = 0; index < Math.min(depth, 3 * N + 2); index += 1) {
    const name = `cells.${index}`;
    if (index % (N + 1) === N) {
      channels *= 2;
      last = addResidualBlock(graph, last, { name, outChannels: channels, inputShape });
    } else {
      last = addCell(last, name, channels);
    }
    graph.markBlock(last);
  }
  return last;
}

/**
 * Two 3x3 convolutions, the first at stride 2, plus the pooled and projected input.
 *
 * @param options.inputShape of the network, for the message
 * @throws TenasError `CONFIG_INVALID` if height or width is odd
 */
export function addResidualBlock(
  graph: GraphBuilder,
  input: NodeId,
  options: { name: string; outChannels: number; inputShape: Shape },
): NodeId {
  const { name, outChannels, inputShape } = options;
  const [, height, width] = graph.shapeOf(input)!;
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw sizeError(
      'inputShape',
      inputShape,
      `a size that can be halved at ${name}, where it is ${height}x${width} (choose multiples of 4)`,
    );
  }
  const a = reluConvBn(graph, input, { name: `${name}.conv_a`, outChannels, kernel: 3, stride: 2 });
  const b = reluConvBn(graph, a, { name: `${name}.conv_b`, outChannels, kernel: 3 });
  const pooled = graph.avgPool2d(input, { name: `${name}.downsample.0`, kernel: 2, stride: 2 });
  const projected = graph.conv2d(pooled, { name: `${name}.downsample.1`, outChannels, kernel: 1 });
  return graph.mix([{ input: projected }, { input: b }], { name: `${name}.sum`, observed: true });
}
