/** Values by key of which the least recently used are dropped once all together weigh too much. */
export class Recent<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly weight: number }>();
  readonly #limit: number;
  readonly #dropped: ((value: T) => void) | undefined;
  #weight = 0;

  /**
   * @param limit on the weight of all values; the last one always stays
   * @param dropped called with every value that is dropped
   */
  constructor(limit: number, dropped?: (value: T) => void) {
    this.#limit = limit;
    this.#dropped = dropped;
  }

  /** The value, which then counts as just used. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T, weight = 1): void {
    this.delete(key);
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#limit || oldest === key) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
    this.#dropped?.(entry.value);
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
}
