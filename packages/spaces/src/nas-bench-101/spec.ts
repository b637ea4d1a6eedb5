import { TenasError } from '@tenas/base';

/** Operations of an inner vertex, in the order in which the benchmark numbers them. */
export const NAS_BENCH_101_OPS = ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'] as const;

/** One of the three operations of NAS-Bench-101 (Ying et al., ICML 2019, arXiv 1902.09635). */
export type NasBench101Op = (typeof NAS_BENCH_101_OPS)[number];

/** Most vertices of a module, its input and output among them. */
export const NAS_BENCH_101_VERTICES = 7;

/** Most edges of a module. */
export const NAS_BENCH_101_EDGES = 9;

/**
 * A module of NAS-Bench-101: a graph whose vertices are in topological order. The first is the input, the last the
 * output; each other one lies on a path between both.
 */
export interface NasBench101Architecture {
  readonly space: 'nas-bench-101';
  /** Row i, column j: 1 if vertex j reads vertex i, else 0. Upper triangular. */
  readonly matrix: readonly (readonly number[])[];
  /** Operations of the vertices between input and output. */
  readonly ops: readonly NasBench101Op[];
}

/** Whether vertex `to` reads vertex `from`. */
export function reads(
  { matrix }: Pick<NasBench101Architecture, 'matrix'>,
  to: number,
  from: number,
): boolean {
  return matrix[from]![to] === 1;
}

/** Whether a name is that of an operation. */
export function isNasBench101Op(name: unknown): name is NasBench101Op {
  return (NAS_BENCH_101_OPS as readonly unknown[]).includes(name);
}

/** Why a graph is no module; undefined if it is one. Dead vertices are allowed: {@link prunedModule} drops them. */
export function moduleProblem(
  matrix: readonly (readonly number[])[],
  ops: readonly string[],
): { readonly field: string; readonly value: unknown; readonly right: string } | undefined {
  const size = matrix.length;
  if (size < 2 || size > NAS_BENCH_101_VERTICES) {
    return { field: 'matrix', value: size, right: `of 2 to ${NAS_BENCH_101_VERTICES} rows` };
  }
  for (const [row, edges] of matrix.entries()) {
    if (edges.length !== size)
      return { field: `matrix[${row}]`, value: edges.length, right: `of ${size} columns` };
    for (const [column, edge] of edges.entries()) {
      const right = column > row ? '0 or 1' : '0: edges go from earlier to later vertices';
      if (edge !== 0 && (edge !== 1 || column <= row))
        return { field: `matrix[${row}][${column}]`, value: edge, right };
    }
  }
  if (ops.length !== size - 2) {
    return { field: 'ops', value: ops.length, right: `${size - 2} operations, one for each inner vertex` };
  }
  const wrong = ops.findIndex((op) => !isNasBench101Op(op));
  if (wrong >= 0)
    return { field: `ops[${wrong}]`, value: ops[wrong], right: `one of ${NAS_BENCH_101_OPS.join(', ')}` };
  const alive = aliveVertices(matrix);
  if (alive.length < 2)
    return { field: 'matrix', value: matrix, right: 'with a path from the first to the last vertex' };
  const edges = alive.reduce((sum, from) => sum + alive.filter((to) => matrix[from]![to] === 1).length, 0);
  if (edges > NAS_BENCH_101_EDGES) {
    return {
      field: 'matrix',
      value: edges,
      right: `of at most ${NAS_BENCH_101_EDGES} edges without dead vertices`,
    };
  }
  return undefined;
}

/** Vertices on a path from the first to the last one, ascending; none if there is no path. */
function aliveVertices(matrix: readonly (readonly number[])[]): number[] {
  const last = matrix.length - 1;
  const vertices = matrix.map((_, vertex) => vertex);
  const reached = new Set([0]);
  for (const from of vertices) {
    if (reached.has(from)) for (const to of vertices) if (matrix[from]![to] === 1) reached.add(to);
  }
  const reaching = new Set([last]);
  for (const to of vertices.toReversed()) {
    if (reaching.has(to)) for (const from of vertices) if (matrix[from]![to] === 1) reaching.add(from);
  }
  const alive = vertices.filter((vertex) => reached.has(vertex) && reaching.has(vertex));
  return alive.length < 2 ? [] : alive;
}

/**
 * A module without its dead vertices, as the benchmark's `ModelSpec` prunes them.
 *
 * @param matrix square, upper triangular, of 0 and 1
 * @param ops of the vertices between the first and the last
 * @throws TenasError `ARCHITECTURE_INVALID` naming the field: two to seven vertices, at most nine edges after pruning, a
 *   path from input to output
 */
export function nasBench101Architecture(
  matrix: readonly (readonly number[])[],
  ops: readonly string[],
): NasBench101Architecture {
  const problem = moduleProblem(matrix, ops);
  if (problem !== undefined) {
    const { field, value, right } = problem;
    throw new TenasError('ARCHITECTURE_INVALID', `${field} must be ${right}, got ${JSON.stringify(value)}`, {
      field,
      value,
    });
  }
  return prunedModule(matrix, ops);
}

function prunedModule(
  matrix: readonly (readonly number[])[],
  ops: readonly string[],
): NasBench101Architecture {
  const alive = aliveVertices(matrix);
  return {
    space: 'nas-bench-101',
    matrix: alive.map((from) => alive.map((to) => matrix[from]![to]!)),
    ops: alive.slice(1, -1).map((vertex) => NAS_BENCH_101_OPS.find((op) => op === ops[vertex - 1])!),
  };
}
