import type { Decision } from '../domain.js';

/** Operations of NAS-Bench-201 in the order of the reference code; an operation's index names its parameters. */
export const NAS_BENCH_201_OPS = [
  'none',
  'skip_connect',
  'nor_conv_1x1',
  'nor_conv_3x3',
  'avg_pool_3x3',
] as const;

/** One of the five operations of NAS-Bench-201 (Dong and Yang, ICLR 2020, arXiv 2001.00326). */
export type NasBench201Op = (typeof NAS_BENCH_201_OPS)[number];

/** Edges of a cell: `i<-j` feeds node i from node j; node 0 is the cell's input, node 3 its output. */
export const NAS_BENCH_201_EDGES = ['1<-0', '2<-0', '2<-1', '3<-0', '3<-1', '3<-2'] as const;

/** One of the six edges of a NAS-Bench-201 cell. */
export type NasBench201Edge = (typeof NAS_BENCH_201_EDGES)[number];

/** The decisions of the space and of its supernet: the operation of each edge, `cell/1<-0` and so on. */
export const NAS_BENCH_201_DECISIONS: readonly Decision[] = NAS_BENCH_201_EDGES.map((edge) => ({
  name: `cell/${edge}`,
  choices: NAS_BENCH_201_OPS,
  group: 'cell',
}));

/** Nodes of a cell besides its input, each with the position of its first edge in {@link NAS_BENCH_201_EDGES}. */
export const NAS_BENCH_201_NODES = [
  { node: 1, firstEdge: 0 },
  { node: 2, firstEdge: 1 },
  { node: 3, firstEdge: 3 },
] as const;

/** Whether a string names an operation of the space. */
export function isNasBench201Op(name: string): name is NasBench201Op {
  return (NAS_BENCH_201_OPS as readonly string[]).includes(name);
}
