import { type Graph, type Node, type NodeId, nodeInputs, sizeOf } from './types.js';

/**
 * Where the parts of a network end, ascending: the graph's marks, which its space made. Without marks, as in ONNX files,
 * the nodes that all paths from the input to the output go through and whose output a convolution follows before the next
 * such node, from the first that comes after a convolution on; and the last of them before the image is averaged. So a
 * residual block ends at its sum, and in a chain every layer ends before the next convolution.
 */
export function blockOutputs(graph: Graph): readonly NodeId[] {
  const { blocks } = graph;
  if (blocks !== undefined && blocks.length > 0) return blocks;
  const cuts = cutNodes(graph);
  const found: NodeId[] = [];
  let convolved = false;
  for (const [place, cut] of cuts.entries()) {
    const next = cuts[place + 1];
    const ends = next === undefined || !hasPixels(graph, next) || convolvesBetween(graph, cut, next);
    if (convolved && ends && hasPixels(graph, cut)) found.push(cut);
    if (next === undefined || !hasPixels(graph, next)) break;
    convolved ||= convolvesBetween(graph, cut, next);
  }
  return found;
}

function hasPixels({ nodes }: Graph, id: NodeId): boolean {
  const [, height, width] = nodes[id]!.shape;
  return sizeOf([height, width]) > 1;
}

/** Whether the output depends on a convolution after one cut node and not after the next. */
function convolvesBetween({ nodes }: Graph, cut: NodeId, next: NodeId): boolean {
  const between = below(nodes, next);
  return nodes.some(({ id, op }) => op === 'conv2d' && id > cut && id <= next && between.has(id));
}

/** The nodes that one depends on, itself included. */
function below(nodes: readonly Node[], root: NodeId): ReadonlySet<NodeId> {
  const found = new Set([root]);
  for (let id = root; id >= 0; id--) {
    if (found.has(id)) for (const input of nodeInputs(nodes[id]!)) found.add(input);
  }
  return found;
}

/** The nodes that all paths from the input to the output go through, ascending, both ends included. */
function cutNodes({ nodes, input, output }: Graph): NodeId[] {
  const needed = below(nodes, output);
  const cuts: NodeId[] = [];
  // Nodes that come before one and that a later node reads: where there are none, every path goes through it.
  let furthest = -1;
  const lastRead = new Map<NodeId, NodeId>();
  for (const id of needed) {
    for (const read of nodeInputs(nodes[id]!)) lastRead.set(read, Math.max(lastRead.get(read) ?? -1, id));
  }
  for (let id = input; id <= output; id++) {
    if (!needed.has(id)) continue;
    if (furthest <= id) cuts.push(id);
    furthest = Math.max(furthest, lastRead.get(id) ?? -1);
  }
  return cuts;
}
