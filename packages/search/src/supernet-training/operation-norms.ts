import { type Graph, nodeInputs, type Param } from '@tenas/graph';

/** Reached without a mixing coefficient. */
const WITHOUT_SLOT = -1;

/**
 * Scales and shifts of the batch norms that belong to one operation alone: everything that reads them ends in one slot.
 * Stem, classifier and the inputs of cells, which several operations read, are not among them.
 */
export function operationNorms({ nodes, params }: Graph): ReadonlySet<Param> {
  /** By node: the slots by which its output reaches the next mix. */
  const reached = nodes.map(() => new Set<number>());
  const found = new Set<Param>();
  for (const node of nodes.toReversed()) {
    const slots = reached[node.id]!;
    for (const [place, input] of nodeInputs(node).entries()) {
      for (const slot of node.op === 'mix' ? [node.slots[place]!] : slots) reached[input]!.add(slot);
    }
    if (node.op !== 'batchNorm' || slots.size !== 1 || slots.has(WITHOUT_SLOT)) continue;
    for (const param of [node.weight, node.bias]) if (param !== null) found.add(params[param]!);
  }
  return found;
}
