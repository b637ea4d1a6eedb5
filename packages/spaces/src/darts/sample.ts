import { checkInteger, RandomStream } from '@tenas/base';
import type { DartsArchitecture, DartsCell } from './genotype.js';
import { DARTS_GENOTYPE_OPS, DARTS_STEPS } from './operations.js';

/**
 * Random architectures, reproducible by seed: every node reads two different earlier states, drawn uniformly, by
 * operations drawn uniformly; all inner nodes make the output. The space is large enough to ignore repetitions.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count`, and `SEED_INVALID` unless `seed` is an integer of at least
 *   0.
 */
export function sampleDarts(options: { count: number; seed: number }): DartsArchitecture[] {
  const { count, seed } = options;
  checkInteger('count', count, 0, undefined, 'SAMPLE_SIZE_INVALID');
  const random = new RandomStream('darts sample', checkInteger('seed', seed, 0, undefined, 'SEED_INVALID'));
  return Array.from({ length: count }, () => ({
    space: 'darts' as const,
    normal: sampleCell(random),
    reduce: sampleCell(random),
  }));
}

function sampleCell(random: RandomStream): DartsCell {
  const inputs = Array.from({ length: DARTS_STEPS }, (_, node) => {
    const states = Array.from({ length: node + 2 }, (_, state) => state);
    const first = states.splice(random.below(states.length), 1)[0]!;
    const second = random.pick(states);
    return [Math.min(first, second), Math.max(first, second)].map((state) => ({
      op: random.pick(DARTS_GENOTYPE_OPS),
      state,
    }));
  }).flat();
  return { inputs, concat: [2, 3, 4, 5] };
}
