import { checkInteger } from '@tenas/base';
import { sampleIndices } from '../enumerate.js';
import { type NasBench201Architecture, nasBench201Architecture } from './genotype.js';
import { NAS_BENCH_201_EDGES, NAS_BENCH_201_OPS } from './operations.js';

const RADIX = NAS_BENCH_201_OPS.length;

/** Number of architectures of the space: 5 operations on 6 edges, 15,625. */
export const NAS_BENCH_201_SIZE = RADIX ** NAS_BENCH_201_EDGES.length;

/**
 * Index of an architecture in this package's own enumeration, 0 to 15,624.
 *
 * The six operations are the digits of a number in base 5: edge `1<-0` is the most significant digit, `3<-2` the
 * least, and a digit is the operation's place in {@link NAS_BENCH_201_OPS}. So 0 has `none` on every edge and 15,624
 * `avg_pool_3x3`, and the order is lexicographic. (The index in the benchmark's own files is a random order.)
 */
export function nasBench201Index(architecture: NasBench201Architecture): number {
  return architecture.ops.reduce((index, op) => index * RADIX + NAS_BENCH_201_OPS.indexOf(op), 0);
}

/**
 * The architecture with the given index; the inverse of {@link nasBench201Index}.
 *
 * @throws TenasError `INDEX_OUT_OF_RANGE` unless the index is an integer from 0 to 15,624.
 */
export function nasBench201At(index: number): NasBench201Architecture {
  checkInteger('index', index, 0, NAS_BENCH_201_SIZE - 1, 'INDEX_OUT_OF_RANGE');
  const ops: string[] = [];
  let rest = index;
  for (let edge = 0; edge < NAS_BENCH_201_EDGES.length; edge += 1) {
    ops.unshift(NAS_BENCH_201_OPS[rest % RADIX]!);
    rest = Math.floor(rest / RADIX);
  }
  return nasBench201Architecture(ops);
}

/** All 15,625 architectures in the order of their indices. */
export function* allNasBench201(): Generator<NasBench201Architecture, void, undefined> {
  for (let index = 0; index < NAS_BENCH_201_SIZE; index += 1) yield nasBench201At(index);
}

/**
 * Distinct architectures drawn uniformly without replacement, reproducible by seed.
 *
 * The first `k` of a larger sample are the sample of size `k` with the same seed.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count` is an integer from 0 to 15,625; `SEED_INVALID` unless
 *   `seed` is an integer of at least 0.
 */
export function sampleNasBench201(options: { count: number; seed: number }): NasBench201Architecture[] {
  return sampleIndices('nas-bench-201', NAS_BENCH_201_SIZE, options).map(nasBench201At);
}
