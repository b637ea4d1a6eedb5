import type { RandomStream } from '@tenas/base';
import { sampleStream } from '../enumerate.js';
import { DARTS_CONCAT, type DartsArchitecture, type DartsCell } from './genotype.js';
import { DARTS_GENOTYPE_OPS, DARTS_STEPS } from './operations.js';

/**
 * Random architectures, reproducible by seed: every node reads two different earlier states, drawn uniformly, by
 * operations drawn uniformly; all inner nodes make the output. The space is large enough to ignore repetitions.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count`, and `SEED_INVALID` unless `seed` is an integer of at least
 *   0.
 */
export function sampleDarts(options: { count: number; seed: number }): DartsArchitecture[] {
  const random = sampleStream('darts', options);
  return Array.from({ length: options.count }, () => ({
    space: 'darts' as const,
    normal: sampleCell(random),
    reduce: sampleCell(random),
  }));
}

/** A random cell: {@link sampleDarts}. */
export function sampleCell(random: RandomStream): DartsCell {
  const inputs = Array.from({ length: DARTS_STEPS }, (_, node) => {
    const states = Array.from({ length: node + 2 }, (_, state) => state);
    const first = states.splice(random.below(states.length), 1)[0]!;
    const second = random.pick(states);
    return [Math.min(first, second), Math.max(first, second)].map((state) => ({
      op: random.pick(DARTS_GENOTYPE_OPS),
      state,
    }));
  }).flat();
  return { inputs, concat: DARTS_CONCAT };
}
