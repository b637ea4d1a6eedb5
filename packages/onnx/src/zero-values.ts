import { type ActivationFunction, type Graph, type Node, type NodeId, nodeInputs } from '@tenas/graph';

/**
 * Which nodes are zeros for every image, by node id: a sum of nothing, and what pools, ReLUs and layers without a bias make
 * of zeros. A batch norm is none of these: it adds its shift.
 *
 * @param coefficient of a mixing slot; slot -1 is the constant 1
 */
export function zeroNodes(graph: Graph, coefficient: (slot: number) => number): boolean[] {
  const zero: boolean[] = [];
  for (const node of graph.nodes) zero.push(isZero(node, zero, coefficient));
  return zero;
}

/** Functions that make other values of zeros. */
const NON_ZERO_AT_0: ReadonlySet<ActivationFunction> = new Set(['sigmoid', 'hardSigmoid']);

function isZero(node: Node, zero: readonly boolean[], coefficient: (slot: number) => number): boolean {
  switch (node.op) {
    case 'input':
    case 'batchNorm':
      return false;
    case 'mix':
      return node.inputs.every((id, term) => zero[id] || coefficient(node.slots[term]!) === 0);
    case 'conv2d':
    case 'linear':
      return node.bias === null && zero[node.input]!;
    case 'activation':
      return NON_ZERO_AT_0.has(node.function) ? false : zero[node.input]!;
    case 'relu':
    case 'avgPool2d':
    case 'maxPool2d':
    case 'pad2d':
    case 'concat':
    case 'globalAvgPool':
    case 'selectChannels':
      return nodeInputs(node).every((id) => zero[id]);
    case 'scale':
      return zero[node.input]! || zero[node.factor]!;
  }
}

/**
 * Which nodes have to be written: the roots and what they need. Zeros need nothing, and a sum does not need them.
 *
 * @param zero of {@link zeroNodes}
 */
export function writtenNodes(
  graph: Graph,
  options: {
    readonly zero: readonly boolean[];
    readonly coefficient: (slot: number) => number;
    readonly roots: readonly NodeId[];
  },
): boolean[] {
  const { zero, coefficient, roots } = options;
  const written = graph.nodes.map(() => false);
  for (const root of roots) written[root] = true;
  for (const node of graph.nodes.toReversed()) {
    if (!written[node.id] || zero[node.id]) continue;
    for (const [term, id] of nodeInputs(node).entries()) {
      const adds = node.op !== 'mix' || (!zero[id] && coefficient(node.slots[term]!) !== 0);
      if (adds) written[id] = true;
    }
  }
  return written;
}
