import { type Actions, softmax } from '../choice-probabilities.js';
import type { Agents, HeardLosses } from './agents.js';

/** Settings of {@link Exp3Agents}. */
export interface Exp3Options {
  /** Step of learning. */
  readonly eta: number;
  /** Share of draws that are uniform. */
  readonly gamma: number;
  /** Largest weight of a loss, in place of 1 / probability; null: none. */
  readonly clip: number | null;
}

/**
 * Agents that learn by EXP3 (Auer et al., SIAM J. Comput. 2002), as in MANAS (Carlucci et al., arXiv 1909.01051). A choice
 * adds its loss over its probability to an estimate of its total loss, and choices are drawn by exp(-eta * estimate). The
 * paper prints exp(+eta * estimate), which prefers large losses.
 */
export class Exp3Agents implements Agents {
  readonly #options: Exp3Options;
  readonly #losses: HeardLosses;
  /** Estimated total loss of each choice, by decision. */
  readonly #totals: readonly Float64Array[];

  /** @param choices number of choices of each decision */
  constructor(choices: readonly number[], losses: HeardLosses, options: Exp3Options) {
    this.#options = options;
    this.#losses = losses;
    this.#totals = choices.map((count) => new Float64Array(count));
  }

  get probabilities(): Float64Array[] {
    const { eta, gamma } = this.#options;
    return this.#totals.map((totals) =>
      softmax(totals.map((total) => -eta * total)).map(
        (chance) => (1 - gamma) * chance + gamma / totals.length,
      ),
    );
  }

  learn(actions: Actions): void {
    const { clip } = this.#options;
    const { last } = this.#losses;
    for (const [decision, chances] of this.probabilities.entries()) {
      const place = actions[decision]!;
      const weight = 1 / chances[place]!;
      const totals = this.#totals[decision]!;
      totals[place] = totals[place]! + last * (clip === null ? weight : Math.min(clip, weight));
    }
  }
}
