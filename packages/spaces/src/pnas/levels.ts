import { canonicalOrder, orderedText } from '../block-order.js';
import { type Progressive, type ProgressiveBlock, unorderedPairs } from '../progressive.js';
import { type PnasArchitecture, pnasArchitecture } from './cell.js';
import { PNAS_BLOCKS, PNAS_CELL_INPUTS, PNAS_OPS } from './operations.js';

const STATE = { vocabulary: 'input', size: PNAS_BLOCKS - 1 + PNAS_CELL_INPUTS };
const OP = { vocabulary: 'operation', size: PNAS_OPS.length };

const partsOf = ([first, firstOp, second, secondOp]: ProgressiveBlock) => [
  { state: first!, op: PNAS_OPS[firstOp!]! },
  { state: second!, op: PNAS_OPS[secondOp!]! },
];

/**
 * Cells of one to five blocks. A block of level b has 8 (b + 1) halves to choose from, and pairs do not count twice: 136,
 * 300, 528, 820 and 1,176 blocks.
 */
export const pnasLevels: Progressive<PnasArchitecture> = {
  levels: PNAS_BLOCKS,
  fields: [STATE, OP, STATE, OP],
  blocks(level) {
    const halves = Array.from({ length: level - 1 + PNAS_CELL_INPUTS }, (_, state) =>
      PNAS_OPS.map((_, op) => [state, op] as const),
    ).flat();
    return unorderedPairs(halves).map((pair) => pair.flat());
  },
  architecture: (blocks) => pnasArchitecture(blocks.map(partsOf)),
  key(blocks) {
    const parts = blocks.map(partsOf);
    return orderedText(parts, canonicalOrder(parts));
  },
};
