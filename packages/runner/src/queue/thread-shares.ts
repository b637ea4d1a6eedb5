/** The engine's threads, lent to work that asks for some, first come, first served. */
export class ThreadShares {
  readonly total: number;
  #free: number;
  readonly #waiting: { readonly count: number; readonly begin: () => void }[] = [];

  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  /** Does the work once so many threads are free, of which it then has the use. */
  async use<T>(count: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || this.#free < count) {
      await new Promise<void>((begin) => this.#waiting.push({ count, begin }));
    } else {
      this.#free -= count;
    }
    try {
      return await work();
    } finally {
      this.#free += count;
      this.#lend();
    }
  }

  #lend(): void {
    for (
      let next = this.#waiting[0];
      next !== undefined && next.count <= this.#free;
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#free -= next.count;
      next.begin();
    }
  }
}
