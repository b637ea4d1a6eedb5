import type { RankedPopulation } from '@tenas/metrics/definitions';
import type { HeardLosses } from './agents.js';

/** Losses by metrics: the share of the networks drawn so far that are worth more. Ranks change as networks are drawn. */
export class PopulationLosses implements HeardLosses {
  readonly #history: RankedPopulation;

  /** @param history of all rounds in order */
  constructor(history: RankedPopulation) {
    this.#history = history;
  }

  get last(): number {
    const worths = this.#worths();
    const last = worths.at(-1)!;
    return worths.reduce((above, worth) => (worth > last ? above + 1 : above), 0) / worths.length;
  }

  recent(): number[] {
    const worths = this.#worths();
    const above = new Map<number, number>();
    for (const [place, worth] of worths.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)).entries()) {
      if (!above.has(worth)) above.set(worth, place);
    }
    return worths.map((worth) => above.get(worth)! / worths.length);
  }

  #worths(): number[] {
    return Array.from({ length: this.#history.length }, (_, place) => this.#history.worth(place));
  }
}
