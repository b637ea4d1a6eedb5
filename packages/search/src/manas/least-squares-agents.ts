import type { Actions } from '../choice-probabilities.js';
import { additiveFit } from './additive-fit.js';
import type { Agents, HeardLosses } from './agents.js';

/** Settings of {@link LeastSquaresAgents}. */
export interface LeastSquaresOptions {
  /** Rounds of uniform draws before the first fit. */
  readonly start: number;
  /** Rounds between two fits. */
  readonly refit: number;
}

/** Zipf's law: the probability of rank r of n is proportional to 1 / r. @returns by rank, the first one first */
export function zipf(n: number): Float64Array {
  const weights = Float64Array.from({ length: n }, (_, place) => 1 / (place + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Agents of MANAS-LS (Carlucci et al., arXiv 1909.01051): least squares say what part of the loss each choice has
 * ({@link additiveFit}), and the agents draw by Zipf's law over the order of the parts.
 */
export class LeastSquaresAgents implements Agents {
  readonly #choices: readonly number[];
  readonly #losses: HeardLosses;
  readonly #options: LeastSquaresOptions;
  readonly #rows: Actions[] = [];
  #rounds = 0;
  #probabilities: readonly Float64Array[];

  /** @param choices number of choices of each decision */
  constructor(choices: readonly number[], losses: HeardLosses, options: LeastSquaresOptions) {
    this.#choices = choices;
    this.#losses = losses;
    this.#options = options;
    this.#probabilities = choices.map((count) => new Float64Array(count).fill(1 / count));
  }

  get probabilities(): readonly Float64Array[] {
    return this.#probabilities;
  }

  learn(actions: Actions): void {
    const { start, refit } = this.#options;
    this.#rows.push(actions);
    this.#rounds++;
    if (this.#rounds < start || (this.#rounds - start) % refit !== 0) return;
    const losses = this.#losses.recent();
    this.#rows.splice(0, this.#rows.length - losses.length);
    const orders = additiveFit(this.#choices, this.#rows, losses).map((parts) =>
      [...parts.keys()].sort((a, b) => parts[a]! - parts[b]! || a - b),
    );
    this.#probabilities = orders.map((order) => {
      const shares = zipf(order.length);
      const chances = new Float64Array(order.length);
      for (const [rank, place] of order.entries()) chances[place] = shares[rank]!;
      return chances;
    });
  }
}
