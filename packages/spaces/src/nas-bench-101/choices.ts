import type { RandomStream } from '@tenas/base';
import { TenasError } from '@tenas/base';
import { type Choices, checkChoices, type Decision } from '../domain.js';
import { type SampleOptions, sampleStream } from '../enumerate.js';
import {
  moduleProblem,
  NAS_BENCH_101_OPS,
  NAS_BENCH_101_VERTICES,
  type NasBench101Architecture,
  nasBench101Architecture,
} from './spec.js';

const VERTICES = Array.from({ length: NAS_BENCH_101_VERTICES }, (_, vertex) => vertex);
const INNER = VERTICES.slice(1, -1);
const EDGES = VERTICES.flatMap((to) => VERTICES.slice(0, to).map((from) => ({ from, to })));

const edgeName = (from: number, to: number) => `cell/${to}<-${from}`;
const opName = (vertex: number) => `cell/${vertex}`;

/** The decisions of the space: whether each of 21 edges is there, and the operations of five vertices. */
export const NAS_BENCH_101_DECISIONS: readonly Decision[] = [
  ...EDGES.map(({ from, to }) => ({ name: edgeName(from, to), choices: ['0', '1'], group: 'cell' })),
  ...INNER.map((vertex) => ({ name: opName(vertex), choices: NAS_BENCH_101_OPS, group: 'cell' })),
];

/**
 * The choices that make a module. Vertices that it does not have stand half before and half behind its own, have the first
 * operation, and read the input but are read by none: so one more edge, a mutation, makes them part of the module.
 */
export function nasBench101Choices({ matrix, ops }: NasBench101Architecture): Choices {
  const missing = NAS_BENCH_101_VERTICES - matrix.length;
  const before = Math.floor(missing / 2);
  const last = matrix.length - 1;
  /** The vertex of the module at one of the seven places; -1 where it has none. */
  const vertexAt = (place: number): number => {
    if (place === 0) return 0;
    if (place === NAS_BENCH_101_VERTICES - 1) return last;
    const vertex = place - before;
    return vertex >= 1 && vertex < last ? vertex : -1;
  };
  const edge = (from: number, to: number): number => {
    const spare = vertexAt(to) < 0 && from === 0 ? 1 : 0;
    return matrix[vertexAt(from)]?.[vertexAt(to)] ?? spare;
  };
  return Object.fromEntries([
    ...EDGES.map(({ from, to }) => [edgeName(from, to), String(edge(from, to))] as const),
    ...INNER.map((place) => [opName(place), ops[vertexAt(place) - 1] ?? NAS_BENCH_101_OPS[0]] as const),
  ]);
}

/**
 * The module of one choice for each decision, without its dead vertices.
 *
 * @throws TenasError `CHOICES_INVALID` naming a decision, or where the module would have more than nine edges or no path
 */
export function nasBench101FromChoices(given: Choices): NasBench101Architecture {
  const choices = checkChoices(NAS_BENCH_101_DECISIONS, given);
  const matrix = VERTICES.map((from) => VERTICES.map((to) => (choices[edgeName(from, to)] === '1' ? 1 : 0)));
  const ops = INNER.map((vertex) => choices[opName(vertex)]!);
  const problem = moduleProblem(matrix, ops);
  if (problem === undefined) return nasBench101Architecture(matrix, ops);
  throw new TenasError('CHOICES_INVALID', `choices: the matrix must be ${problem.right}`, {
    field: 'choices',
    value: problem.value,
  });
}

/**
 * Random modules, reproducible by seed, as the benchmark's authors draw them: every edge of seven vertices with
 * probability 1/2, operations uniformly, until the module is one of the space.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count`, and `SEED_INVALID` unless `seed` is an integer of at least 0
 */
export function sampleNasBench101(options: SampleOptions): NasBench101Architecture[] {
  const random = sampleStream('nas-bench-101', options);
  return Array.from({ length: options.count }, () => drawn(random));
}

function drawn(random: RandomStream): NasBench101Architecture {
  for (;;) {
    const matrix = VERTICES.map((from) => VERTICES.map((to) => (to > from ? random.below(2) : 0)));
    const ops = INNER.map(() => random.pick(NAS_BENCH_101_OPS));
    if (moduleProblem(matrix, ops) === undefined) return nasBench101Architecture(matrix, ops);
  }
}
