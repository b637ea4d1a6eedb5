import type { GraphBuilder, NodeId } from '@tenas/graph';
import { pool3x3, reluConvBn } from '../layers.js';

/**
 * Applies an operation of the space at stride 1.
 *
 * @param options.channels of the output; only convolutions and `skip_connect` can change their number
 * @returns its output, the input itself for a `skip_connect` that changes nothing, undefined for `none`
 */
export function addOperation(
  graph: GraphBuilder,
  input: NodeId,
  options: { op: string; name: string; channels: number },
): NodeId | undefined {
  const { op, name, channels } = options;
  switch (op) {
    case 'skip_connect':
      return graph.shapeOf(input)![0] === channels ? input : project(graph, input, { name, channels });
    case 'nor_conv_1x1':
      return reluConvBn(graph, input, { name, outChannels: channels, kernel: 1 });
    case 'nor_conv_3x3':
      return reluConvBn(graph, input, { name, outChannels: channels, kernel: 3 });
    case 'avg_pool_3x3':
      return pool3x3(graph, input, { name: `${name}.op`, kind: 'avg', stride: 1 });
    default:
      return undefined;
  }
}

/** A `skip_connect` between different widths: 1x1 convolution and batch norm, the reference's `FactorizedReduce` at stride 1. */
function project(
  graph: GraphBuilder,
  input: NodeId,
  { name, channels }: { readonly name: string; readonly channels: number },
): NodeId {
  const conv = graph.conv2d(input, { name: `${name}.conv`, outChannels: channels, kernel: 1 });
  return graph.batchNorm(conv, { name: `${name}.bn` });
}
