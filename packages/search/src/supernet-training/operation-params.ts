import { type Graph, nodeInputs, nodeParams, type Param } from '@tenas/graph';

/** Reached without a mixing coefficient. */
const WITHOUT_SLOT = -1;

/**
 * The parameters of each slot's operation, in all cells: those of nodes whose every reader ends in this slot alone. Stem,
 * classifier and the inputs of cells, which several operations read, belong to none.
 *
 * @returns by slot, in the order of the graph's nodes from the last one on
 */
export function operationParams({ nodes, params, slots }: Graph): Param[][] {
  /** By node: the slots by which its output reaches the next mix. */
  const reached = nodes.map(() => new Set<number>());
  const found = slots.map((): Param[] => []);
  for (const node of nodes.toReversed()) {
    const own = reached[node.id]!;
    for (const [place, input] of nodeInputs(node).entries()) {
      for (const slot of node.op === 'mix' ? [node.slots[place]!] : own) reached[input]!.add(slot);
    }
    const [slot] = own;
    if (slot === undefined || own.size > 1 || slot === WITHOUT_SLOT) continue;
    found[slot]!.push(...nodeParams(node).map((param) => params[param]!));
  }
  return found;
}
