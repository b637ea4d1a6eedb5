import { canonicalOrder, orderedText } from '../block-order.js';
import type { Progressive, ProgressiveBlock } from '../progressive.js';
import { DARTS_CONCAT, type DartsArchitecture, type DartsCell, dartsArchitecture } from './genotype.js';
import { DARTS_GENOTYPE_OPS, DARTS_INPUTS_PER_NODE, DARTS_STEPS } from './operations.js';

const STATE = { vocabulary: 'input', size: DARTS_STEPS + 1 };
const OP = { vocabulary: 'operation', size: DARTS_GENOTYPE_OPS.length };

const inputsOf = ([first, firstOp, second, secondOp]: ProgressiveBlock) => [
  { state: first!, op: DARTS_GENOTYPE_OPS[firstOp!]! },
  { state: second!, op: DARTS_GENOTYPE_OPS[secondOp!]! },
];

/** A cell of some nodes. Those that are not there yet add nothing, and the output does not join them. */
export function cellOfBlocks(blocks: readonly ProgressiveBlock[]): DartsCell {
  const missing = Array.from(
    { length: DARTS_INPUTS_PER_NODE * (DARTS_STEPS - blocks.length) },
    (_, place) => ({
      op: 'none' as const,
      state: place % DARTS_INPUTS_PER_NODE,
    }),
  );
  return { inputs: [...blocks.flatMap(inputsOf), ...missing], concat: DARTS_CONCAT.slice(0, blocks.length) };
}

/**
 * One cell of one to four nodes, which is the normal and the reduction cell, as PNAS has one cell for both: a part of the
 * space. A node of level b reads two of b + 1 states: 49, 147, 294 and 490 blocks. An embedding of our making.
 */
export const dartsLevels: Progressive<DartsArchitecture> = {
  levels: DARTS_STEPS,
  fields: [STATE, OP, STATE, OP],
  blocks(level) {
    const states = Array.from({ length: level + 1 }, (_, state) => state);
    const ops = DARTS_GENOTYPE_OPS.map((_, op) => op);
    return states.flatMap((first) =>
      states
        .slice(first + 1)
        .flatMap((second) =>
          ops.flatMap((firstOp) => ops.map((secondOp) => [first, firstOp, second, secondOp])),
        ),
    );
  },
  architecture(blocks) {
    const cell = cellOfBlocks(blocks);
    return dartsArchitecture({ normal: cell, reduce: cell });
  },
  key(blocks) {
    const parts = blocks.map(inputsOf);
    return orderedText(parts, canonicalOrder(parts));
  },
};
