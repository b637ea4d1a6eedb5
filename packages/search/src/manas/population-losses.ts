import type { RankedPopulation } from '@tenas/metrics/definitions';
import type { HeardLosses } from './agents.js';
import { shareBelowLast, sharesBelow } from './losses.js';

/** Losses by metrics: the share of the networks drawn so far that are worth more. Ranks change as networks are drawn. */
export class PopulationLosses implements HeardLosses {
  readonly #history: RankedPopulation;

  /** @param history of all rounds in order */
  constructor(history: RankedPopulation) {
    this.#history = history;
  }

  get last(): number {
    return shareBelowLast(this.#losses());
  }

  recent(): number[] {
    return sharesBelow(this.#losses());
  }

  /** What is worth more has the smaller loss. */
  #losses(): number[] {
    return Array.from({ length: this.#history.length }, (_, place) => -this.#history.worth(place));
  }
}
