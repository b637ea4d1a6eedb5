import type { RandomStream } from '@tenas/base';
import type { Decision } from '@tenas/spaces';

/** Deviation of the first values: all choices are about equally likely, as in the published code. */
const FIRST_DEVIATION = 1e-3;
const EPSILON = 1e-8;

/** Adam as the architectures of DARTS and GDAS have it: L2 decay is a part of the gradient. */
export interface AlphaOptimiser {
  readonly rate: number;
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/** One value for each choice of each decision, which Adam moves down a loss; their softmax are probabilities. */
export class Alphas {
  readonly #values: readonly Float64Array[];
  readonly #first: readonly Float64Array[];
  readonly #second: readonly Float64Array[];
  readonly #optimiser: AlphaOptimiser;
  #steps = 0;

  constructor(
    decisions: readonly Decision[],
    random: Pick<RandomStream, 'normal'>,
    optimiser: AlphaOptimiser,
  ) {
    this.#optimiser = optimiser;
    this.#values = decisions.map(({ choices }) =>
      Float64Array.from(choices, () => FIRST_DEVIATION * random.normal()),
    );
    this.#first = this.#values.map(({ length }) => new Float64Array(length));
    this.#second = this.#values.map(({ length }) => new Float64Array(length));
  }

  /** By decision and choice. */
  get values(): readonly Float64Array[] {
    return this.#values;
  }

  /** Softmax of the values of each decision. */
  get probabilities(): Float64Array[] {
    return this.#values.map((values) => softmax(values));
  }

  /** Mean over the decisions of the entropy of their choices, in nats: the logarithm of their number at first. */
  get entropy(): number {
    const entropies = this.probabilities.map((chances) =>
      chances.reduce((sum, chance) => (chance > 0 ? sum - chance * Math.log(chance) : sum), 0),
    );
    return entropies.reduce((sum, one) => sum + one, 0) / Math.max(1, entropies.length);
  }

  /** One step of Adam (PyTorch's, with `weight_decay`). @param gradient of the loss by the values */
  step(gradient: readonly Float64Array[]): void {
    const { rate, betas, weightDecay } = this.#optimiser;
    const [beta1, beta2] = betas;
    this.#steps += 1;
    const [unbias1, unbias2] = [1 - beta1 ** this.#steps, 1 - beta2 ** this.#steps];
    for (const [decision, values] of this.#values.entries()) {
      const [first, second] = [this.#first[decision]!, this.#second[decision]!];
      for (const [place, value] of values.entries()) {
        const slope = gradient[decision]![place]! + weightDecay * value;
        first[place] = beta1 * first[place]! + (1 - beta1) * slope;
        second[place] = beta2 * second[place]! + (1 - beta2) * slope ** 2;
        values[place] =
          value - (rate * (first[place]! / unbias1)) / (Math.sqrt(second[place]! / unbias2) + EPSILON);
      }
    }
  }
}

/** Softmax of the values over a temperature. */
export function softmax(values: Float64Array, temperature = 1): Float64Array {
  const largest = Math.max(...values);
  const exponentials = values.map((value) => Math.exp((value - largest) / temperature));
  const sum = exponentials.reduce((total, one) => total + one, 0);
  return exponentials.map((one) => one / sum);
}

/**
 * Gradient by the values of DARTS' mixture (first order): each edge adds its operations weighted by the softmax.
 *
 * @param probabilities by decision and choice
 * @param gradient of the loss by these weights; 0 for operations that output zeros
 */
export function mixtureGradient(
  probabilities: readonly Float64Array[],
  gradient: readonly Float64Array[],
): Float64Array[] {
  return probabilities.map((chances, decision) => {
    const own = gradient[decision]!;
    const mean = chances.reduce((sum, chance, place) => sum + chance * own[place]!, 0);
    return chances.map((chance, place) => chance * (own[place]! - mean));
  });
}
