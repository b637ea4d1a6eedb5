import { TenasError } from '@tenas/base';
import { type Graph, type Node, type NodeId, nodeInputs, type Param } from './types.js';

/**
 * The network for labels of pixels: a classifier that answers for each place of its last feature maps. Its linear layer
 * becomes a convolution 1x1 on what was averaged before; parameters keep their names and their order.
 *
 * @param labelled height and width of the labels of an image; undefined: it has one label, and the network stays as it is
 * @returns a network whose output is [classes, height, width]
 * @throws TenasError GRAPH_INVALID for a network that does not end in a linear layer behind a global average pooling, which
 *   nothing else reads
 */
export function withPixelHead(
  graph: Graph,
  labelled: readonly [height: number, width: number] | undefined,
): Graph {
  if (labelled === undefined) return graph;
  const linear = graph.nodes[graph.output]!;
  const pool = linear.op === 'linear' ? graph.nodes[linear.input] : undefined;
  if (linear.op !== 'linear' || pool?.op !== 'globalAvgPool' || readersOf(graph, pool.id) !== 1) {
    throw new TenasError(
      'GRAPH_INVALID',
      `${linear.name}: a head for each pixel needs a network that ends in a global average pooling and a linear layer; take another task or another space`,
      { field: linear.name, value: linear.op },
    );
  }
  const features = graph.nodes[pool.input]!;
  const [, height, width] = features.shape;
  const moved = (id: NodeId) => (id > pool.id ? id - 1 : id);
  const head: Node = {
    id: linear.id,
    name: linear.name,
    shape: [linear.shape[0], height, width],
    op: 'conv2d',
    input: features.id,
    weight: linear.weight,
    bias: linear.bias,
    kernel: [1, 1],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 1,
  };
  const kept = (id: NodeId) => id !== pool.id;
  return {
    ...graph,
    nodes: graph.nodes
      .filter(({ id }) => kept(id))
      .map((node) => renumbered(node.id === linear.id ? head : node, moved)),
    params: graph.params.map((param): Param => {
      if (param.id === linear.weight) {
        return { ...param, kind: 'convWeight', shape: [...param.shape, 1, 1] };
      }
      return param.id === linear.bias ? { ...param, kind: 'convBias' } : param;
    }),
    input: moved(graph.input),
    output: moved(graph.output),
    observed: graph.observed.filter(kept).map(moved),
    ...(graph.blocks === undefined ? {} : { blocks: graph.blocks.filter(kept).map(moved) }),
  };
}

function readersOf({ nodes }: Graph, id: NodeId): number {
  return nodes.filter((node) => nodeInputs(node).includes(id)).length;
}

/** A node with other numbers. */
function renumbered(node: Node, moved: (id: NodeId) => NodeId): Node {
  const id = moved(node.id);
  switch (node.op) {
    case 'input':
      return { ...node, id };
    case 'mix':
    case 'concat':
      return { ...node, id, inputs: node.inputs.map(moved) };
    case 'scale':
      return { ...node, id, input: moved(node.input), factor: moved(node.factor) };
    default:
      return { ...node, id, input: moved(node.input) };
  }
}
