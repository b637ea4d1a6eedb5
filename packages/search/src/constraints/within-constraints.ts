import type { Space } from '@tenas/spaces';
import type { Constraint } from './constraint.js';

/** Architectures whose answer is remembered. */
const MOST_KNOWN = 100_000;

/** Tells which architectures are within some constraints, and counts the others. */
export class WithinConstraints {
  readonly #space: Space;
  readonly #constraints: readonly Constraint[];
  #known = new Map<string, boolean>();
  #refused = 0;

  constructor(space: Space, constraints: readonly Constraint[]) {
    this.#space = space;
    this.#constraints = constraints;
  }

  /** Architectures that were asked about and are not allowed; of one text, once. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether an architecture is within all constraints. Whoever proposes it to the search asks: refusals count. */
  allowed(architecture: object): boolean {
    if (this.#constraints.length === 0) return true;
    const known = this.#known.size;
    const allowed = this.meets(architecture);
    if (!allowed && this.#known.size > known) this.#refused++;
    return allowed;
  }

  /** Whether an architecture is within all constraints, without counting it. */
  meets(architecture: object): boolean {
    const text = this.#space.format(architecture);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const meets = this.#constraints.every(({ costOf, limit }) => costOf(architecture) <= limit);
    if (this.#known.size >= MOST_KNOWN) this.#known = new Map();
    this.#known.set(text, meets);
    return meets;
  }
}
