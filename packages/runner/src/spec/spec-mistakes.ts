import { TenasError } from '@tenas/base';
import type { ReadSpec } from './read-spec.js';

/** What is wrong with parts of a spec that do not depend on each other, to say all of it at once. */
export class SpecMistakes {
  readonly #read: ReadSpec;
  readonly #found: TenasError[] = [];

  constructor(read: ReadSpec) {
    this.#read = read;
  }

  /** Does work on one part. If it finds the spec wrong, the mistake is kept and the answer is undefined. */
  async gather<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TenasError) || error.code !== 'SPEC_INVALID') {
        // A dataset that cannot be opened, say: what is known to be wrong comes first.
        this.require();
        throw error;
      }
      // Sections may share a dataset, and its mistake.
      if (!this.#found.some(({ message }) => message === error.message)) this.#found.push(error);
      return undefined;
    }
  }

  /** {@link gather} of each of a list; undefined unless all are right. */
  async gatherAll<T, R>(
    items: readonly T[],
    work: (item: T, index: number) => R | Promise<R>,
  ): Promise<R[] | undefined> {
    const results: R[] = [];
    for (const [index, item] of items.entries()) {
      const result = await this.gather(async () => [await work(item, index)] as const);
      if (result !== undefined) results.push(result[0]);
    }
    return results.length === items.length ? results : undefined;
  }

  /** @throws TenasError `SPEC_INVALID` with all mistakes that were found, if any was */
  require(): void {
    if (this.#found.length > 0) throw this.#read.together(this.#found);
  }
}
