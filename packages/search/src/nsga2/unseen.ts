import type { RandomStream } from '@tenas/base';
import type { Ask } from '../ask.js';
import { canonicalKey } from '../canonical-key.js';

/** Attempts at a network that was not seen before, by each way to make one. */
const ATTEMPTS = 100;

/** Keeps a search from evaluating a network twice, or one that a constraint refuses. */
export class UnseenArchitectures {
  readonly #ask: Ask;
  readonly #random: RandomStream;
  readonly #seen = new Set<string>();

  constructor(ask: Ask, random: RandomStream) {
    this.#ask = ask;
    this.#random = random;
  }

  /** Counts a network as seen. */
  add(architecture: object): void {
    this.#seen.add(canonicalKey(this.#ask.space, architecture));
  }

  /**
   * Several different networks that were not seen before. They count as seen from then on. Where none can be made that is
   * new, one is drawn from the space; fewer are returned where the space has no more.
   */
  several<M extends { readonly architecture: object; readonly parents: readonly number[] }>(
    count: number,
    make: () => M,
  ): (M | { readonly architecture: object; readonly parents: readonly [] })[] {
    const made = [];
    while (made.length < count) {
      const next = this.#made(make) ?? this.#drawn();
      if (next === null) break;
      this.add(next.architecture);
      made.push(next);
    }
    return made;
  }

  #made<M extends { readonly architecture: object }>(make: () => M): M | null {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const one = make();
      if (this.#isNew(one.architecture)) return one;
    }
    return null;
  }

  #drawn() {
    const { space } = this.#ask;
    const count = Math.min(ATTEMPTS, space.enumeration?.size ?? ATTEMPTS);
    const drawn = space.sample({ count, seed: this.#random.bits() });
    const found = drawn.find((one) => this.#isNew(one)) ?? this.#assembled() ?? this.#listed();
    return found === null ? null : { architecture: found, parents: [] as const };
  }

  /** One that is put together to be within the constraints; null where there are none. */
  #assembled(): object | null {
    const { feasible } = this.#ask;
    for (let attempt = 0; feasible !== null && attempt < ATTEMPTS; attempt++) {
      const one = feasible.drawn(this.#random);
      if (one !== null && this.#isNew(one)) return one;
    }
    return null;
  }

  /** The first of the space's enumeration from a random place on. */
  #listed(): object | null {
    const { enumeration } = this.#ask.space;
    if (enumeration === undefined) return null;
    const start = this.#random.below(enumeration.size);
    for (let step = 0; step < enumeration.size; step++) {
      const architecture = enumeration.at((start + step) % enumeration.size);
      if (this.#isNew(architecture)) return architecture;
    }
    return null;
  }

  #isNew(architecture: object): boolean {
    return !this.#seen.has(canonicalKey(this.#ask.space, architecture)) && this.#ask.allowed(architecture);
  }
}
