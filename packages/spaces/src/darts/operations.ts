import type { Decision } from '../domain.js';

/** Operations of the DARTS space in the order of the TE-NAS reference; an operation's index names its parameters. */
export const DARTS_OPS = [
  'none',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
  'avg_pool_3x3',
  'max_pool_3x3',
] as const;

/** One of the eight operations of the DARTS space (Liu, Simonyan, Yang, ICLR 2019, arXiv 1806.09055). */
export type DartsOp = (typeof DARTS_OPS)[number];

/** An operation that can be chosen for a genotype: all but `none`, which some published ones have. */
export type DartsGenotypeOp = Exclude<DartsOp, 'none'>;

/** Operations that can be chosen for a genotype. */
export const DARTS_GENOTYPE_OPS = DARTS_OPS.filter((op): op is DartsGenotypeOp => op !== 'none');

/** Inner nodes of a cell. Node i adds its inputs and becomes state i + 2; states 0 and 1 are the cell's inputs. */
export const DARTS_STEPS = 4;

/** Inputs that a node keeps in a genotype. */
export const DARTS_INPUTS_PER_NODE = 2;

/** The two cell types: `normal` keeps the resolution, `reduce` halves it. */
export const DARTS_CELL_TYPES = ['normal', 'reduce'] as const;

/** One of the two cell types. */
export type DartsCellType = (typeof DARTS_CELL_TYPES)[number];

/** Edges of each inner node as half-open ranges of positions in {@link DARTS_EDGES}: node i has 2 + i. */
export const DARTS_EDGE_GROUPS = [
  [0, 2],
  [2, 5],
  [5, 9],
  [9, 14],
] as const;

/** The 14 edges of a cell in sorted order: `i<-j` feeds inner node i (from 0) from state j. */
export const DARTS_EDGES: readonly string[] = DARTS_EDGE_GROUPS.flatMap(([start, end], node) =>
  Array.from({ length: end - start }, (_, state) => `${node}<-${state}`),
);

/** The decisions of the supernet: the operation of each edge, `normal/0<-1` and so on. */
export const DARTS_SUPERNET_DECISIONS: readonly Decision[] = DARTS_CELL_TYPES.flatMap((type) =>
  DARTS_EDGES.map((edge) => ({ name: `${type}/${edge}`, choices: DARTS_OPS, group: type })),
);
