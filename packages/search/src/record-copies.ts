import type { InterruptedSearch, SearchRecord } from '@tenas/records';
import { stepsDone } from './search-stopped.js';

/** Copies of the record of a running search, for one that is killed. */
export interface RecordCopies {
  /** Seconds from one copy to the next, at least. Where taking one is slow, they are further apart. */
  readonly seconds: number;
  /** Takes a copy, which a search can go on from as from the record of one that was stopped. Its error ends the search. */
  readonly take: (record: InterruptedSearch) => Promise<void>;
}

/** A copy may take this share of the time. */
const SHARE = 0.02;

/** Makes copies of a record, one after the other, until it is disposed. */
export class CopyingRecord implements AsyncDisposable {
  readonly #copies: RecordCopies;
  readonly #record: () => InterruptedSearch;
  readonly #fail: (error: unknown) => void;
  readonly #before: SearchRecord | null;
  #timer: NodeJS.Timeout | undefined;
  #taking: Promise<void> = Promise.resolve();
  #ended = false;

  /**
   * @param record the record so far
   * @param about what the search goes on from: copies that hold less are not made. And who hears of an error
   */
  constructor(
    copies: RecordCopies,
    record: () => InterruptedSearch,
    about: { readonly before: SearchRecord | null; readonly fail: (error: unknown) => void },
  ) {
    this.#copies = copies;
    this.#record = record;
    this.#before = about.before;
    this.#fail = about.fail;
    this.#wait(copies.seconds);
  }

  /** No copy is made after this; one that is under way is finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#taking;
  }

  /** A timer, as a search is between two of its parts then, as where its signal stops it. */
  #wait(seconds: number): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#taking = this.#copy();
    }, seconds * 1000);
    this.#timer.unref();
  }

  async #copy(): Promise<void> {
    const begun = performance.now();
    try {
      const record = this.#record();
      if (holdsWork(record) && !holdsLess(record, this.#before)) await this.#copies.take(record);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const took = (performance.now() - begun) / 1000;
    this.#wait(Math.max(this.#copies.seconds, took / SHARE));
  }
}

/** Whether a record has something that a search could go on from. */
export function holdsWork(record: SearchRecord): boolean {
  const { scored, evaluations } = record;
  return stepsDone(record) > 0 || scored.length > 0 || Object.values(evaluations).some((count) => count > 0);
}

/** A search that goes on has not come to where the earlier one stopped. */
function holdsLess(record: SearchRecord, before: SearchRecord | null): boolean {
  if (before === null) return false;
  return record.scored.length < before.scored.length || stepsDone(record) < stepsDone(before);
}
