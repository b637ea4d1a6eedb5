import { createRequire } from 'node:module';
import { NAS_BENCH_101_OPS, type NasBench101Architecture } from './spec.js';
import { formatNasBench101 } from './text.js';

const require = createRequire(import.meta.url);

function md5(text: string): string {
  // Loaded on first use: it takes 4 ms, and every command loads the spaces.
  const { createHash } = require('node:crypto') as typeof import('node:crypto');
  return createHash('md5').update(text).digest('hex');
}

/**
 * The benchmark's own hash of a module, by which its files are asked (`ModelSpec.hash_spec`): isomorphic modules share
 * it. Every vertex has a label made of the labels of what it reads and of its readers, as often as there are vertices.
 *
 * @returns 32 hexadecimal digits
 */
export function nasBench101Hash({ matrix, ops }: NasBench101Architecture): string {
  const labels = [-1, ...ops.map((op) => NAS_BENCH_101_OPS.indexOf(op)), -2];
  const vertices = labels.map((_, vertex) => vertex);
  const edge = (from: number, to: number): boolean => matrix[from]![to] === 1;
  let hashes = vertices.map((vertex) => {
    const leaving = vertices.filter((to) => edge(vertex, to)).length;
    const entering = vertices.filter((from) => edge(from, vertex)).length;
    return md5(`(${leaving}, ${entering}, ${labels[vertex]})`);
  });
  for (const _ of vertices) {
    const before = hashes;
    const joined = (some: readonly number[]) =>
      some
        .map((vertex) => before[vertex]!)
        .sort()
        .join('');
    hashes = vertices.map((vertex) => {
      const entering = joined(vertices.filter((from) => edge(from, vertex)));
      const leaving = joined(vertices.filter((to) => edge(vertex, to)));
      return md5(`${entering}|${leaving}|${before[vertex]}`);
    });
  }
  const listed = hashes.toSorted().map((hash) => `'${hash}'`);
  return md5(`[${listed.join(', ')}]`);
}

/** The module that stands for all that are isomorphic to one: the first of their texts. */
export function canonicalNasBench101(architecture: NasBench101Architecture): NasBench101Architecture {
  const { matrix, ops } = architecture;
  let best = architecture;
  let bestText = formatNasBench101(best);
  for (const order of topologicalOrders(matrix)) {
    const other: NasBench101Architecture = {
      space: 'nas-bench-101',
      matrix: order.map((from) => order.map((to) => matrix[from]![to]!)),
      ops: order.slice(1, -1).map((vertex) => ops[vertex - 1]!),
    };
    const text = formatNasBench101(other);
    if (text < bestText) [best, bestText] = [other, text];
  }
  return best;
}

/** All orders of the vertices in which edges go from earlier to later ones; at most 120. */
function topologicalOrders(matrix: readonly (readonly number[])[]): number[][] {
  const vertices = matrix.map((_, vertex) => vertex);
  let orders: number[][] = [[]];
  for (let length = 0; length < vertices.length; length += 1) {
    orders = orders.flatMap((order) =>
      vertices
        .filter((vertex) => !order.includes(vertex))
        .filter((vertex) => vertices.every((from) => matrix[from]![vertex] !== 1 || order.includes(from)))
        .map((vertex) => [...order, vertex]),
    );
  }
  return orders;
}
