import { liveNodes } from './liveness.js';
import { type Graph, type Node, nodeInputs, type Param, sizeOf } from './types.js';

/** Operations that compute each element from the same element of their input: they may write over it. */
const ELEMENTWISE: ReadonlySet<Node['op']> = new Set(['batchNorm', 'relu', 'activation']);

/**
 * The largest number of values that feature maps of one image hold at once when the nodes run in their order: a node's
 * inputs and its output are there together, and a feature map goes after its last reader, or at once where nothing reads
 * it, as with the sums that keep operations in a network. Batch norms and activations write over an input that nothing
 * else reads. Parameters, and what single kernels need besides, don't count.
 */
export function peakActivations(graph: Graph): number {
  const live = liveNodes(graph);
  const readers = new Int32Array(graph.nodes.length);
  for (const node of graph.nodes) {
    if (live[node.id]) for (const input of nodeInputs(node)) readers[input]!++;
  }
  readers[graph.output]!++;
  const left = Int32Array.from(readers);
  let held = 0;
  let peak = 0;
  for (const node of graph.nodes) {
    if (!live[node.id]) continue;
    const inputs = nodeInputs(node);
    const size = sizeOf(node.shape);
    const over = ELEMENTWISE.has(node.op) && left[inputs[0]!] === 1;
    if (!over) held += size;
    peak = Math.max(peak, held);
    for (const input of inputs) {
      left[input]!--;
      if (left[input] === 0 && !over) held -= sizeOf(graph.nodes[input]!.shape);
    }
    if (readers[node.id] === 0) held -= size;
  }
  return peak;
}

/** Values of a network's parameters and running statistics. */
export function keptValues(network: { readonly params: readonly Param[] }): number {
  return network.params.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
