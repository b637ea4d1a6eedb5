import { TenasError } from '@tenas/base';
import { canonicalOrder, reordered } from '../block-order.js';
import { isPnasOp, PNAS_BLOCKS, PNAS_CELL_INPUTS, PNAS_OPS, type PnasOp } from './operations.js';

/** One half of a block: an operation and the state that it reads, 0 and 1 for the two cells before, 2 for the first block. */
export interface PnasHalf {
  readonly op: PnasOp;
  readonly state: number;
}

/** A block adds two operations. The one of the lower state comes first, of one state in the order of the operations. */
export type PnasBlock = readonly [PnasHalf, PnasHalf];

/** A PNAS architecture: the one cell that the whole network repeats, of one to five blocks. */
export interface PnasArchitecture {
  readonly space: 'pnas';
  readonly blocks: readonly PnasBlock[];
}

function sortedBlock(halves: readonly PnasHalf[]): PnasBlock {
  const [first, second] = halves as PnasBlock;
  const later = first.state - second.state || PNAS_OPS.indexOf(first.op) - PNAS_OPS.indexOf(second.op);
  return later > 0 ? [second, first] : [first, second];
}

/** Words for errors: the states that a block can read. */
export function readableStates(block: number): string {
  return `a state from 0 to ${block + PNAS_CELL_INPUTS - 1}: the two cells before${block > 0 ? ' and the blocks before' : ''}`;
}

/**
 * An architecture from its blocks. The halves of a block are put in order.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` naming the block and what is wrong
 */
export function pnasArchitecture(
  blocks: readonly (readonly { readonly op: string; readonly state: number }[])[],
): PnasArchitecture {
  const refuse = (field: string, value: unknown, right: string) =>
    new TenasError('ARCHITECTURE_INVALID', `${field} must be ${right}, got ${JSON.stringify(value)}`, {
      field,
      value,
    });
  if (blocks.length < 1 || blocks.length > PNAS_BLOCKS) {
    throw refuse('blocks', blocks.length, `1 to ${PNAS_BLOCKS} blocks`);
  }
  return {
    space: 'pnas',
    blocks: blocks.map((halves, block) => {
      if (halves.length !== 2) throw refuse(`blocks[${block}]`, halves, 'two operations');
      const checked = halves.map(({ op, state }, half) => {
        const field = `blocks[${block}][${half}]`;
        if (!isPnasOp(op)) throw refuse(`${field}.op`, op, `one of ${PNAS_OPS.join(', ')}`);
        if (!Number.isInteger(state) || state < 0 || state >= block + PNAS_CELL_INPUTS) {
          throw refuse(`${field}.state`, state, readableStates(block));
        }
        return { op, state };
      });
      return sortedBlock(checked);
    }),
  };
}

/** The architecture that stands for all that differ from one in the order of their blocks alone. */
export function canonicalPnas({ blocks }: PnasArchitecture): PnasArchitecture {
  return { space: 'pnas', blocks: reordered(blocks, canonicalOrder(blocks)).map(sortedBlock) };
}
