import { TenasError } from '@tenas/base';

const MASK = (1n << 64n) - 1n;

/**
 * A reproducible stream of random integers: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
 *
 * The same seed gives the same stream on every machine and in every version of this package.
 */
export class SeededRandom {
  #state: bigint;

  /** @param seed a safe integer; other values throw `SEED_INVALID`. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new TenasError('SEED_INVALID', `seed must be a safe integer, got ${String(seed)}`, {
        field: 'seed',
        value: seed,
      });
    }
    this.#state = BigInt(seed) & MASK;
  }

  /** The next 64 random bits. */
  next(): bigint {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & MASK;
    let z = this.#state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  }

  /** A uniform integer in `[0, bound)`; the bias of the modulo is below `bound / 2^64`. */
  below(bound: number): number {
    return Number(this.next() % BigInt(bound));
  }

  /** A uniform element of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
