/** The operations of the space, in the paper's words: identity is `skip_connect`. */
export const PNAS_OPS = [
  'sep_conv_3x3',
  'sep_conv_5x5',
  'sep_conv_7x7',
  'conv_1x7_7x1',
  'skip_connect',
  'avg_pool_3x3',
  'max_pool_3x3',
  'dil_conv_3x3',
] as const;

/** One of the eight operations of PNAS (Liu et al., ECCV 2018, arXiv 1712.00559). */
export type PnasOp = (typeof PNAS_OPS)[number];

/** Blocks of a whole cell. */
export const PNAS_BLOCKS = 5;

/** Outputs of other cells that a cell reads: of the cell before the previous one, 0, and of the previous one, 1. */
export const PNAS_CELL_INPUTS = 2;

/** Whether a string names an operation of the space. */
export function isPnasOp(name: string): name is PnasOp {
  return (PNAS_OPS as readonly string[]).includes(name);
}
