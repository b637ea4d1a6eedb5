import { checkInteger, RandomStream } from '@tenas/base';
import { type Choices, checkChoices, type Decision } from './domain.js';
import type { Enumeration } from './space.js';

/** Largest number of architectures of which samples are drawn by index: random indices have 32 bits. */
export const MAX_ENUMERATED = 2 ** 32;

/**
 * All choices of some decisions in lexicographic order: their places are the digits of the index, the first decision's
 * the most significant.
 */
export function enumerateChoices(decisions: readonly Decision[]): Enumeration<Choices> {
  const size = decisions.reduce((product, { choices }) => product * choices.length, 1);
  return {
    size,
    at(index) {
      let rest = checkInteger('index', index, 0, size - 1, 'INDEX_OUT_OF_RANGE');
      const entries = decisions.toReversed().map(({ name, choices }) => {
        const choice = choices[rest % choices.length]!;
        rest = Math.floor(rest / choices.length);
        return [name, choice] as const;
      });
      return Object.fromEntries(entries.toReversed());
    },
    indexOf(given) {
      const made = checkChoices(decisions, given);
      return decisions.reduce(
        (index, { name, choices }) => index * choices.length + choices.indexOf(made[name]!),
        0,
      );
    },
  };
}

/** How many to draw, and with which seed. */
export interface SampleOptions {
  readonly count: number;
  readonly seed: number;
}

/**
 * The random numbers of a sample.
 *
 * @param name of the space: samples of two spaces have nothing in common
 * @param size how many there are to draw from without repetition; no limit if there is none
 * @throws TenasError `SAMPLE_SIZE_INVALID` or `SEED_INVALID`
 */
export function sampleStream(name: string, { count, seed }: SampleOptions, size?: number): RandomStream {
  checkInteger('count', count, 0, size, 'SAMPLE_SIZE_INVALID');
  return new RandomStream(`${name} sample`, checkInteger('seed', seed, 0, undefined, 'SEED_INVALID'));
}

/**
 * Distinct indices below `size`, drawn uniformly; the first of a larger sample are the smaller one.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count` is an integer from 0 to `size`; `SEED_INVALID`
 */
export function sampleIndices(name: string, size: number, options: SampleOptions): number[] {
  const random = sampleStream(name, options, size);
  // A Fisher-Yates shuffle that stores only the places it has touched.
  const moved = new Map<number, number>();
  return Array.from({ length: options.count }, (_, place) => {
    const other = place + random.below(size - place);
    const index = moved.get(other) ?? other;
    moved.set(other, moved.get(place) ?? place);
    return index;
  });
}
