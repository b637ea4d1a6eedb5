import type { RandomStream } from '@tenas/base';
import type { Decision } from '@tenas/spaces';
import { Adam, type AdamOptions } from '../adam.js';
import { meanEntropy, softmax } from '../choice-probabilities.js';

/** Deviation of the first values: all choices are about equally likely, as in the published code. */
const FIRST_DEVIATION = 1e-3;

/** Adam as the architectures of DARTS and GDAS have it. */
export interface AlphaOptimiser extends AdamOptions {
  readonly rate: number;
}

/** One value for each choice of each decision, which Adam moves down a loss; their softmax are probabilities. */
export class Alphas {
  readonly #values: readonly Float64Array[];
  readonly #adam: Adam;
  readonly #rate: number;

  constructor(
    decisions: readonly Decision[],
    random: Pick<RandomStream, 'normal'>,
    { rate, ...options }: AlphaOptimiser,
  ) {
    this.#rate = rate;
    this.#values = decisions.map(({ choices }) =>
      Float64Array.from(choices, () => FIRST_DEVIATION * random.normal()),
    );
    this.#adam = new Adam(this.#values, options);
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
    return meanEntropy(this.probabilities);
  }

  /** One step of Adam. @param gradient of the loss by the values */
  step(gradient: readonly Float64Array[]): void {
    this.#adam.step(gradient, this.#rate);
  }
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
