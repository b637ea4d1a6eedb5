/**
 * A seeded random stream: a low-bias 32-bit integer hash (xor-shifts and multiplications) of a counter and a 64-bit key.
 * The key is a hash of all parts, so a word beside the seed ("bootstrap", "ntk batch") keeps two uses of one seed apart.
 *
 * The same parts give the same numbers on every machine and in every version: batches and samples depend on it. Not for
 * cryptography.
 */
export class RandomStream {
  readonly #low: number;
  readonly #high: number;
  #counter = 0;

  /** @param parts what the numbers are for, and the seeds */
  constructor(...parts: readonly (number | string)[]) {
    let [low, high] = [0x243f6a88, 0x85a308d3];
    for (const byte of new TextEncoder().encode(JSON.stringify(parts))) {
      low = Math.imul(low ^ byte, 0x01000193) >>> 0;
      high = Math.imul(high ^ byte ^ (low >>> 15), 0x85ebca6b) >>> 0;
    }
    this.#low = low;
    this.#high = high;
  }

  /** 32 random bits. */
  bits(): number {
    const counter = this.#counter++;
    let x = (this.#low ^ Math.imul(counter, 0x9e3779b9)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15) ^ this.#high, 0x735a2d97);
    x ^= x >>> 15;
    x = Math.imul(x ^ (x >>> 13) ^ (counter >>> 3), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  }

  /** A number in [0, 1) with 32 random bits. */
  unit(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number in [0, n), n at most 2^32. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  /** An element of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A standard normal number (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /**
   * `count` indices below `n`, in random order: without replacement while there are enough, otherwise with. Floyd's
   * algorithm and a shuffle, so the cost does not depend on n.
   */
  sample(n: number, count: number): number[] {
    if (count > n) return Array.from({ length: count }, () => this.below(n));
    const chosen = new Set<number>();
    for (let last = n - count; last < n; last++) {
      const candidate = this.below(last + 1);
      chosen.add(chosen.has(candidate) ? last : candidate);
    }
    const list = [...chosen];
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  }
}
