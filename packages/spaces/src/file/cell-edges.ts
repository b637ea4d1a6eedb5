import type { Choices } from '../domain.js';
import { hasUnreachableEdge } from '../unreachable-edges.js';
import { type Block, type CellBlock, chosenBlocks, innerBlocks, type SpacePlan } from './plan.js';

/** Whether an architecture may have a cell. */
export function hasCells({ stages }: SpacePlan): boolean {
  const isIn = (block: Block): boolean => block.kind === 'cell' || innerBlocks(block).some(isIn);
  return stages.some(({ blocks }) => blocks.some(isIn));
}

/** The cells of an architecture, each once. */
function cellsOf({ stages }: SpacePlan, choices: Choices): CellBlock[] {
  const cells = new Map<string, CellBlock>();
  const visit = (block: Block): void => {
    if (block.kind === 'cell') cells.set(block.name, block);
    for (const inner of chosenBlocks(block, choices)) visit(inner);
  };
  for (const { blocks } of stages) blocks.forEach(visit);
  return [...cells.values()];
}

/** For each skip connection of the cells of an architecture the nodes that it passes over. */
export function skipSpansOf(plan: SpacePlan, choices: Choices): number[] {
  return cellsOf(plan, choices).flatMap(({ nodes }) =>
    // The input is not among the nodes: index 0 is node 1.
    nodes.flatMap((edges, index) =>
      edges.flatMap(({ from, block }) => (passesOn(block, choices) ? [index - from] : [])),
    ),
  );
}

/** Whether some cell of an architecture has an operation on no path from its input to its output. */
export function hasUnreachableOperation(plan: SpacePlan, choices: Choices): boolean {
  return cellsOf(plan, choices).some(({ nodes, output }) => {
    const all = nodes.map((_, index) => index + 1);
    const edges = nodes.flatMap((before, index) =>
      before.flatMap(({ from, block }) =>
        chosenBlocks(block, choices).length === 0 ? [] : [{ from, to: index + 1 }],
      ),
    );
    return hasUnreachableEdge(edges, { inputs: [0], outputs: output === 'last' ? all.slice(-1) : all });
  });
}

/** Whether what an architecture has of a block passes its input on. */
function passesOn(block: Block, choices: Choices): boolean {
  if (block.kind === 'operation') return block.op === 'identity';
  if (block.kind === 'cell') return false;
  const inner = chosenBlocks(block, choices);
  return inner.length > 0 && inner.every((one) => passesOn(one, choices));
}
