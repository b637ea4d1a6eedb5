import { clip, plural } from '@tenas/base';
import type { BatchEvent } from '@tenas/runner';

/** Failures of one code that are told in full. */
const TOLD = 3;

/** Failures of jobs, for people: a few of each code, shortened; the others are counted. `batch.log` has all of them. */
export class ToldFailures {
  readonly #counts = new Map<string, number>();

  /** The line of a job that failed for good; null: it is only counted. */
  line({ code, what, message }: Extract<BatchEvent, { kind: 'unit-failed' }>): string | null {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    return count > TOLD ? null : `failed: ${clip(what)}: ${clip(message.replace(/\s+/g, ' '))}`;
  }

  /** Lines that say how many were only counted, since the last call. */
  others(): string[] {
    const lines = [...this.#counts].flatMap(([code, count]) =>
      count > TOLD
        ? [`failed: ${plural(count - TOLD, 'other evaluation')} with ${code}; batch.log has all`]
        : [],
    );
    this.#counts.clear();
    return lines;
  }
}
