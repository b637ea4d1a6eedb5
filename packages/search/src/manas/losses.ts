import type { HeardLosses } from './agents.js';

/** The losses of a search, in rounds: measured by any scale, heard by agents from 0 to 1. */
export interface Losses extends HeardLosses {
  /** A round's loss, smaller is better; Infinity: the worst. */
  add(measured: number): void;
}

/** The share of some values that are smaller than the last one. */
export function shareBelowLast(values: readonly number[]): number {
  const last = values.at(-1)!;
  return values.reduce((below, one) => (one < last ? below + 1 : below), 0) / values.length;
}

/** For each value the share of all that are smaller. */
export function sharesBelow(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const below = new Map<number, number>();
  for (const [place, one] of sorted.entries()) if (!below.has(one)) below.set(one, place);
  return values.map((one) => below.get(one)! / sorted.length);
}

/**
 * A loss is the share of the remembered rounds that had a smaller one: from 0 to 1 whatever is measured, and of equals
 * the same.
 */
export class RankLosses implements Losses {
  readonly #window: number;
  readonly #measured: number[] = [];

  /** @param window rounds that are remembered, the present one among them */
  constructor(window: number) {
    this.#window = window;
  }

  add(measured: number): void {
    this.#measured.push(measured);
    if (this.#measured.length > this.#window) this.#measured.shift();
  }

  get last(): number {
    return shareBelowLast(this.#measured);
  }

  recent(): number[] {
    return sharesBelow(this.#measured);
  }
}

/** A loss is what was measured over its scale, at most 1: EXP3 needs losses with a bound. */
export class RawLosses implements Losses {
  readonly #window: number;
  readonly #scale: number;
  readonly #heard: number[] = [];

  /**
   * @param window rounds that are remembered, the present one among them
   * @param scale the measured loss that counts as 1, and any larger one
   */
  constructor(window: number, scale: number) {
    this.#window = window;
    this.#scale = scale;
  }

  add(measured: number): void {
    this.#heard.push(Math.max(0, Math.min(1, measured / this.#scale)));
    if (this.#heard.length > this.#window) this.#heard.shift();
  }

  get last(): number {
    return this.#heard.at(-1)!;
  }

  recent(): readonly number[] {
    return this.#heard;
  }
}
