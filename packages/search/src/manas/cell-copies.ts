import type { Graph } from '@tenas/graph';
import { type Decision, slotName } from '@tenas/spaces';
import type { SupernetToTrain } from '../supernet-training/options.js';

/** Cells that a decision is made in; see {@link cellCopies}. */
export interface CellCopies {
  /** The supernet with a slot for each cell. */
  readonly supernet: SupernetToTrain;
  /** Cells that have the decision of that name, of supernet or space. */
  count(decision: string): number;
}

/** The name of a decision in one of the cells that it is made in. @param copy from 0 */
export function copyName(decision: string, copy: number): string {
  const [cell, ...rest] = decision.split('/');
  return [`${cell} ${copy + 1}`, ...rest].join('/');
}

/** The part of a network that a decision is about: `cell` of `cell/1<-0`. */
function partOf(decision: string): string {
  return decision.split('/')[0]!;
}

/**
 * A supernet in which each cell decides for itself. Cells of a type share the slots of their operations; here the first
 * mix that reads a slot keeps it as that of `cell 1`, the second one gets it as that of `cell 2`, and so on. Weights are
 * those of the supernet, whose cells share none.
 *
 * @param decisions of the supernet
 */
export function cellCopies(decisions: readonly Decision[], graph: Graph): CellCopies {
  const known = new Map(
    decisions.flatMap(({ name, choices }) =>
      choices.map((choice) => [slotName(name, choice), { name, choice }]),
    ),
  );
  const slots: string[] = [];
  const readers = new Int32Array(graph.slots.length);
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'mix') return node;
    return {
      ...node,
      slots: node.slots.map((slot) => {
        if (slot < 0) return slot;
        const { name, choice } = known.get(graph.slots[slot]!)!;
        const copy = readers[slot]!++;
        return slots.push(slotName(copyName(name, copy), choice)) - 1;
      }),
    };
  });
  const counts = new Map<string, number>();
  for (const [slot, name] of graph.slots.entries()) {
    const part = partOf(known.get(name)!.name);
    counts.set(part, Math.max(counts.get(part) ?? 1, readers[slot]!));
  }
  const count = (decision: string) => counts.get(partOf(decision)) ?? 1;
  return {
    count,
    supernet: {
      graph: { ...graph, nodes, slots },
      decisions: decisions.flatMap((decision) =>
        Array.from({ length: count(decision.name) }, (_, copy) => ({
          ...decision,
          name: copyName(decision.name, copy),
        })),
      ),
    },
  };
}
