import type { Progressive, ProgressiveBlock } from '../progressive.js';
import { type NasBench201Architecture, nasBench201Architecture } from './genotype.js';
import { NAS_BENCH_201_EDGES, NAS_BENCH_201_OPS, type NasBench201Edge } from './operations.js';

/** What an edge does in its level: it takes the input to the new node, node 1 to it, or leads to the output. */
const ROLES = 3;
/** The edges that come in at each level, by role; null: the level has none. Later edges have the operation `none`. */
const EDGES: readonly (readonly (NasBench201Edge | null)[])[] = [
  [null, null, '3<-0'],
  ['1<-0', null, '3<-1'],
  ['2<-0', '2<-1', '3<-2'],
];

/** Stands where a level has no edge; operations count from 1. */
const NO_EDGE = 0;

function architectureOf(blocks: readonly ProgressiveBlock[]): NasBench201Architecture {
  const ops = new Map(
    blocks.flatMap((block, level) =>
      EDGES[level]!.map((edge, role) => [edge, NAS_BENCH_201_OPS[block[role]! - 1]] as const),
    ),
  );
  return nasBench201Architecture(NAS_BENCH_201_EDGES.map((edge) => ops.get(edge) ?? 'none'));
}

/**
 * Cells of two, three and four nodes: first the edge from input to output, then node 1 with its edges, then node 2. 5,
 * 125 and 15,625 cells; an embedding of our making.
 */
export const nasBench201Levels: Progressive<NasBench201Architecture> = {
  levels: EDGES.length,
  fields: Array.from({ length: ROLES }, () => ({
    vocabulary: 'operation',
    size: 1 + NAS_BENCH_201_OPS.length,
  })),
  blocks(level) {
    let blocks: number[][] = [[]];
    for (const edge of EDGES[level - 1]!) {
      const numbers = edge === null ? [NO_EDGE] : NAS_BENCH_201_OPS.map((_, op) => op + 1);
      blocks = blocks.flatMap((block) => numbers.map((number) => [...block, number]));
    }
    return blocks;
  },
  architecture: architectureOf,
  // Cells that are one network can become different ones: an edge that is dead now may be read by the next node.
  key: String,
};
