import type { GraphBuilder, NodeId } from '@tenas/graph';
import { pool3x3, reluConvBn } from '../layers.js';

/**
 * Applies an operation of the space at stride 1 without changing the number of channels.
 *
 * @returns its output, the input itself for `skip_connect`, undefined for `none`
 */
export function addOperation(
  graph: GraphBuilder,
  input: NodeId,
  options: { op: string; name: string; channels: number },
): NodeId | undefined {
  const { op, name, channels } = options;
  switch (op) {
    case 'skip_connect':
      return input;
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
