export type Refuse = (problem: string) => never;

/**
 * Heap bytes that a value costs at most, its contents aside (V8 on 64 bits, rounded up); lists and dicts with their entry in
 * the last check.
 */
export const COST = {
  /** A place on the stack, in a list or in a tuple: twice the pointer, as arrays grow by half. */
  place: 16,
  number: 16,
  text: 48,
  list: 128,
  bytes: 256,
  dict: 384,
  /** An entry of a dict or of the memo. */
  entry: 64,
  /** An array, an element type or a scalar that a call makes. */
  call: 512,
} as const;

/** Small pickles of any content may take this much. */
const LEAST_MEMORY = 32 * 1024 * 1024;
/** Large ones, per byte: the text, the bytes of that text and the array of these bytes, where protocol 2 writes all. */
const MEMORY_PER_BYTE = 4;
/** Values in all; a `Map` of JavaScript ends at four times as many. */
const MAX_VALUES = 1 << 22;
/** Nesting of what is read; data sets have 3 levels. */
const MAX_DEPTH = 32;

/**
 * Counts what a pickle makes and refuses too much of it. A pickle is a program: a few bytes of it can ask for the same
 * megabytes again and again, or for a value that is endless once it is spelled out.
 */
export class PickleBudget {
  readonly #refuse: Refuse;
  #memory: number;
  #values = MAX_VALUES;

  /** @param fileBytes size of the pickle */
  constructor(fileBytes: number, refuse: Refuse) {
    this.#refuse = refuse;
    this.#memory = LEAST_MEMORY + MEMORY_PER_BYTE * fileBytes;
  }

  /** Counts bytes, before they are allocated, copied or compared. */
  take(bytes: number): void {
    this.#memory -= bytes;
    if (this.#memory < 0) this.#refuse('what it builds is larger than a file of its size could hold');
  }

  /** Counts values, before they are made: `bytes` for each. */
  takeValues(count: number, bytes: number): void {
    this.#values -= count;
    if (this.#values < 0) this.#refuse(`it has more than ${MAX_VALUES} values`);
    this.take(count * bytes);
  }

  /**
   * Refuses a value that contains itself, is nested too deeply, or has too many parts once those that are used in several
   * places are counted in each. Readers can then walk through it safely.
   */
  checkTree(value: unknown): void {
    const measured = new Map<object, { readonly height: number; readonly size: number }>();
    const measure = (item: unknown, depth: number): { height: number; size: number } => {
      const inside = Array.isArray(item) ? item : item instanceof Map ? item.values() : null;
      if (inside === null) return { height: 0, size: 1 };
      const known = measured.get(item as object);
      // A value that contains itself is never known and ends here as well.
      if (depth + (known?.height ?? 0) >= MAX_DEPTH)
        this.#refuse(`it is nested deeper than ${MAX_DEPTH} levels`);
      if (known !== undefined) return known;
      const own = { height: 0, size: 1 };
      for (const part of inside) {
        const { height, size } = measure(part, depth + 1);
        own.height = Math.max(own.height, height + 1);
        own.size += size;
      }
      if (own.size > MAX_VALUES) this.#refuse(`spelled out, it has more than ${MAX_VALUES} values`);
      measured.set(item as object, own);
      return own;
    };
    measure(value, 0);
  }
}
