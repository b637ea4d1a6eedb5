/** Work that is under way, and the seconds that it is charged so far. */
interface Charged {
  seconds: number;
}

/**
 * Splits wall-clock time among work that is under way together: while there are k, each is charged 1/k of it. What all of
 * them are charged adds up to the time in which any was under way, whether one ran or a hundred.
 */
export class SharedTime {
  readonly #now: () => number;
  readonly #open = new Set<Charged>();
  /** When the work that is under way last changed. */
  #since = 0;

  /** @param now the clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Begins some work.
   *
   * @returns a function that ends it and gives its seconds; ending again changes nothing
   */
  begin(): () => number {
    this.#charge();
    const work: Charged = { seconds: 0 };
    this.#open.add(work);
    return () => {
      this.#charge();
      this.#open.delete(work);
      return work.seconds;
    };
  }

  /** Charges the time since the last change to all that were under way in it. */
  #charge(): void {
    const now = this.#now();
    const share = (now - this.#since) / 1000 / this.#open.size;
    for (const work of this.#open) work.seconds += share;
    this.#since = now;
  }
}
