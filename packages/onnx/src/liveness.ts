import { TenasError } from '@tenas/base';
import { type Graph, type Node, type NodeId, nodeInputs } from '@tenas/graph';

/**
 * Checks mixing coefficients and turns them into a look-up by slot (slot -1 is the constant 1).
 * @throws TenasError OPTIONS_INVALID if the count differs from `graph.slots` or a coefficient is not finite.
 */
export function mixCoefficients(
  graph: Graph,
  coefficients: ArrayLike<number> | undefined,
): (slot: number) => number {
  const values = Float64Array.from(coefficients ?? []);
  if (values.length !== graph.slots.length) {
    throw new TenasError(
      'OPTIONS_INVALID',
      `coefficients: the graph has ${graph.slots.length} mixing slots, got ${values.length} coefficients`,
      { field: 'coefficients', value: values.length },
    );
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new TenasError(
      'OPTIONS_INVALID',
      `coefficients: slot ${wrong} (${graph.slots[wrong]}) is ${values[wrong]}; it must be finite`,
      { field: `coefficients[${wrong}]`, value: values[wrong] },
    );
  }
  return (slot) => (slot < 0 ? 1 : values[slot]!);
}

/**
 * The nodes that the output depends on, by node id: those reachable backwards from it, not through mixing terms with
 * coefficient 0. (Evaluation executes more: every `mix` is a root there, since its ReLUs count as regions.)
 */
export function exportedNodes(graph: Graph, coefficient: (slot: number) => number): boolean[] {
  const live = graph.nodes.map(() => false);
  live[graph.output] = true;
  // The input stays in the model's signature even if nothing reads it.
  live[graph.input] = true;
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (live[id]) for (const input of inputsOf(graph.nodes[id]!, coefficient)) live[input] = true;
  }
  return live;
}

function inputsOf(node: Node, coefficient: (slot: number) => number): readonly NodeId[] {
  if (node.op !== 'mix') return nodeInputs(node);
  return node.inputs.filter((_, index) => coefficient(node.slots[index]!) !== 0);
}
