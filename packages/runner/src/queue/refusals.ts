import { clip } from '@tenas/base';

/** Kinds of messages that are refused. */
export type RefusedKind =
  | 'answer'
  | 'event'
  | 'failure'
  | 'job'
  | 'member'
  | 'oversized'
  | 'unsigned'
  | 'checkpoint';

/** Characters of the reason that is told. */
const LONGEST = 500;

/** Messages that were refused: counted, and told once per kind. */
export class Refusals {
  readonly #counts = new Map<RefusedKind, number>();
  readonly #tell: (message: string) => void;

  constructor(tell: (message: string) => void) {
    this.#tell = tell;
  }

  /** Counts a message that is refused. @param why what is wrong, for people */
  add(kind: RefusedKind, why: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count === 1)
      this.#tell(
        `refused (${kind}): ${why.length > LONGEST ? clip(why) : why}; others of this kind are only counted`,
      );
  }

  /** How many there were; null: none. */
  summary(): string | null {
    if (this.#counts.size === 0) return null;
    const kinds = [...this.#counts].map(([kind, count]) => `${count} ${kind}`);
    return `refused messages of the queue: ${kinds.join(', ')}`;
  }
}
