import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Items that come one by one and are taken together: what comes within a few milliseconds of the first, or while the
 * taker is busy. The giver waits where too many are left.
 */
export class Gathered<T> {
  readonly #window: number;
  readonly #most: number;
  readonly #items: T[] = [];
  #since = 0;
  #closed = false;
  readonly #changes = new EventEmitter<{ change: [] }>();

  /**
   * @param window milliseconds to wait for others after the first
   * @param most items that are taken at once; the giver waits where four times as many are left
   */
  constructor(window: number, most: number) {
    this.#window = window;
    this.#most = most;
  }

  /** Adds an item, once there is room for it. */
  async give(item: T): Promise<void> {
    while (this.#items.length >= 4 * this.#most) await once(this.#changes, 'change');
    if (this.#items.length === 0) this.#since = performance.now();
    this.#items.push(item);
    this.#changes.emit('change');
  }

  /** No more items will come. */
  close(): void {
    this.#closed = true;
    this.#changes.emit('change');
  }

  /** The next items, in their order; empty at the end. */
  async take(): Promise<T[]> {
    while (this.#items.length === 0 && !this.#closed) await once(this.#changes, 'change');
    for (;;) {
      const left = this.#since + this.#window - performance.now();
      if (this.#closed || this.#items.length >= this.#most || left <= 0) break;
      await Promise.race([sleep(left), once(this.#changes, 'change')]);
    }
    const taken = this.#items.splice(0, this.#most);
    // What is left has waited long enough.
    this.#changes.emit('change');
    return taken;
  }
}
