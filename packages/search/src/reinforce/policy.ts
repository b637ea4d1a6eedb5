import type { RandomStream } from '@tenas/base';
import type { Decision } from '@tenas/spaces';
import { Adam } from '../adam.js';
import { type Actions, drawActions, meanEntropy, softmax } from '../choice-probabilities.js';

/** Deviation of the first logits: all choices are about equally likely, as in the code of NAS-Bench-201 and TEG-NAS. */
const FIRST_DEVIATION = 1e-3;
/** PyTorch's defaults. */
const ADAM = { betas: [0.9, 0.999], weightDecay: 0 } as const;

/**
 * Independent probabilities for the choices of each decision, as a softmax of logits that Adam moves along the gradient
 * of the expected reward (REINFORCE: Williams, Machine Learning 1992).
 */
export class Policy {
  readonly #logits: readonly Float64Array[];
  readonly #adam: Adam;

  constructor(decisions: readonly Decision[], random: Pick<RandomStream, 'normal'>) {
    this.#logits = decisions.map(({ choices }) =>
      Float64Array.from(choices, () => FIRST_DEVIATION * random.normal()),
    );
    this.#adam = new Adam(this.#logits, ADAM);
  }

  /** Probabilities of the choices, by decision. */
  get probabilities(): Float64Array[] {
    return this.#logits.map((logits) => softmax(logits));
  }

  /** Mean over the decisions of the entropy of their choices, in nats: the logarithm of their number at first. */
  get entropy(): number {
    return meanEntropy(this.probabilities);
  }

  /** Draws a choice for each decision. */
  draw(random: Pick<RandomStream, 'unit'>): number[] {
    return drawActions(this.probabilities, random);
  }

  /** The likeliest choice of each decision, the first of equals. */
  get likeliest(): number[] {
    return this.#logits.map((logits) => logits.indexOf(Math.max(...logits)));
  }

  /**
   * One step of Adam against the mean over episodes of −advantage · ln(probability of the actions), whose gradient by a
   * logit is advantage · (probability − 1 if the choice was drawn, else 0).
   */
  learn(episodes: readonly { readonly actions: Actions; readonly advantage: number }[], rate: number): void {
    const gradient = this.probabilities.map((chances, decision) =>
      chances.map((chance, place) =>
        episodes.reduce(
          (sum, { actions, advantage }) =>
            sum + (advantage * (chance - (actions[decision] === place ? 1 : 0))) / episodes.length,
          0,
        ),
      ),
    );
    this.#adam.step(gradient, rate);
  }
}

/** Exponential moving average without a bias towards 0 at the beginning: the baseline of rewards. */
export class MovingAverage {
  readonly #momentum: number;
  #sum = 0;
  #weight = 0;

  constructor(momentum: number) {
    this.#momentum = momentum;
  }

  add(value: number): void {
    this.#sum = this.#momentum * this.#sum + (1 - this.#momentum) * value;
    this.#weight = this.#momentum * this.#weight + (1 - this.#momentum);
  }

  /** 0 before the first value. */
  get value(): number {
    return this.#weight === 0 ? 0 : this.#sum / this.#weight;
  }
}
