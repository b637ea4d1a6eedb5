import type { Progressive, ProgressiveBlock } from '../progressive.js';
import { nasBench201CanonicalKey } from './canonical.js';
import { type NasBench201Architecture, nasBench201Architecture } from './genotype.js';
import { NAS_BENCH_201_EDGES, NAS_BENCH_201_OPS, type NasBench201Edge } from './operations.js';

/** The edges that come in at each level; those that are not there yet have the operation `none`. */
const EDGES: readonly (readonly NasBench201Edge[])[] = [['3<-0'], ['1<-0', '3<-1'], ['2<-0', '2<-1', '3<-2']];

const OPS = NAS_BENCH_201_OPS.length;
const MOST_EDGES = Math.max(...EDGES.map(({ length }) => length));

/**
 * The number of each operation on the edges of a level: an edge has numbers of its own, and 0 says that a level has no more
 * edges.
 */
const numbersOf = (level: number): number[][] =>
  EDGES[level - 1]!.map((_, field) => {
    const before = EDGES.slice(0, level - 1).filter(({ length }) => length > field).length;
    return NAS_BENCH_201_OPS.map((_, op) => 1 + before * OPS + op);
  });

function architectureOf(blocks: readonly ProgressiveBlock[]): NasBench201Architecture {
  const ops = new Map<string, string>(
    blocks.flatMap((block, place) =>
      EDGES[place]!.map((edge, field) => [edge, NAS_BENCH_201_OPS[(block[field]! - 1) % OPS]!] as const),
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
  fields: Array.from({ length: MOST_EDGES }, (_, field) => ({
    vocabulary: `edge ${field + 1}`,
    size: 1 + OPS * EDGES.filter(({ length }) => length > field).length,
  })),
  blocks(level) {
    let blocks: number[][] = [[]];
    for (const numbers of numbersOf(level)) {
      blocks = blocks.flatMap((block) => numbers.map((number) => [...block, number]));
    }
    return blocks.map((block) => [...block, ...Array<number>(MOST_EDGES - block.length).fill(0)]);
  },
  architecture: architectureOf,
  key: (blocks) => nasBench201CanonicalKey(architectureOf(blocks)),
};
