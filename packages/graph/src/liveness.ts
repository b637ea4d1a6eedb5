import { TenasError } from '@tenas/base';
import { type Graph, type Node, type NodeId, nodeInputs } from './types.js';

/**
 * Checks mixing coefficients: a finite number for each slot.
 *
 * @throws TenasError `COEFFICIENTS_INVALID` naming the slot
 */
export function checkCoefficients(graph: Graph, coefficients: ArrayLike<number>): void {
  const { slots } = graph;
  if (coefficients.length !== slots.length) {
    throw new TenasError(
      'COEFFICIENTS_INVALID',
      `coefficients has ${coefficients.length} values; the graph has ${slots.length} slots`,
      { field: 'coefficients', value: coefficients.length },
    );
  }
  for (const [slot, name] of slots.entries()) {
    if (!Number.isFinite(coefficients[slot])) {
      throw new TenasError(
        'COEFFICIENTS_INVALID',
        `coefficients[${slot}] is ${coefficients[slot]}; it must be a finite number (slot '${name}')`,
        { field: `coefficients[${slot}]`, value: coefficients[slot] },
      );
    }
  }
}

/**
 * Mixes that are not observed although some candidate's output does not need them. There are none in a graph that the
 * engine takes: it runs every mix.
 */
export function unobservedMixes(graph: Graph): Node[] {
  // Switching a term off never makes more nodes run, so the candidate without any shows what all of them need.
  const live = liveNodes(graph, new Float64Array(graph.slots.length));
  return graph.nodes.filter(({ id, op }) => op === 'mix' && !live[id]);
}

/**
 * Which nodes run for a candidate, by node id: the roots, and what a node that runs reads; a mix reads the inputs whose
 * coefficient is not 0.
 *
 * @param coefficients one for each slot; without them every branch of a mix runs
 * @param roots default: the output and the graph's observed nodes
 * @throws TenasError `COEFFICIENTS_INVALID` for a wrong length or a coefficient that is not finite
 */
export function liveNodes(
  graph: Graph,
  coefficients?: ArrayLike<number> | undefined,
  roots: readonly NodeId[] = [graph.output, ...graph.observed],
): boolean[] {
  if (coefficients !== undefined) checkCoefficients(graph, coefficients);
  const weight = (slot: number) => (slot < 0 ? 1 : (coefficients?.[slot] ?? 1));
  const live = graph.nodes.map(() => false);
  for (const root of roots) live[root] = true;
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id]!;
    if (!live[id]) continue;
    nodeInputs(node).forEach((input, k) => {
      if (node.op !== 'mix' || weight(node.slots[k]!) !== 0) live[input] = true;
    });
  }
  return live;
}
