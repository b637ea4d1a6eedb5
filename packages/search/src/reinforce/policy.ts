import type { RandomStream } from '@tenas/base';
import type { Decision } from '@tenas/spaces';
import { type Actions, drawActions, meanEntropy, softmax } from '../choice-probabilities.js';

/** Deviation of the first logits: all choices are about equally likely, as in the code of NAS-Bench-201 and TEG-NAS. */
const FIRST_DEVIATION = 1e-3;
/** Adam with PyTorch's defaults (Kingma and Ba, ICLR 2015, arXiv 1412.6980). */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * Independent probabilities for the choices of each decision, as a softmax of logits that Adam moves along the gradient
 * of the expected reward (REINFORCE: Williams, Machine Learning 1992).
 */
export class Policy {
  readonly #logits: readonly Float64Array[];
  readonly #first: readonly Float64Array[];
  readonly #second: readonly Float64Array[];
  #steps = 0;

  constructor(decisions: readonly Decision[], random: Pick<RandomStream, 'normal'>) {
    this.#logits = decisions.map(({ choices }) =>
      Float64Array.from(choices, () => FIRST_DEVIATION * random.normal()),
    );
    this.#first = this.#logits.map(({ length }) => new Float64Array(length));
    this.#second = this.#logits.map(({ length }) => new Float64Array(length));
  }

  /** Probabilities of the choices, by decision. */
  get probabilities(): Float64Array[] {
    return this.#logits.map(softmax);
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
    this.#steps++;
    const { beta1, beta2, epsilon } = ADAM;
    const [unbias1, unbias2] = [1 - beta1 ** this.#steps, 1 - beta2 ** this.#steps];
    for (const [decision, chances] of this.probabilities.entries()) {
      const [logits, first, second] = [
        this.#logits[decision]!,
        this.#first[decision]!,
        this.#second[decision]!,
      ];
      for (const [place, chance] of chances.entries()) {
        const gradient = episodes.reduce(
          (sum, { actions, advantage }) =>
            sum + (advantage * (chance - (actions[decision] === place ? 1 : 0))) / episodes.length,
          0,
        );
        first[place] = beta1 * first[place]! + (1 - beta1) * gradient;
        second[place] = beta2 * second[place]! + (1 - beta2) * gradient ** 2;
        logits[place] =
          logits[place]! -
          (rate * (first[place]! / unbias1)) / (Math.sqrt(second[place]! / unbias2) + epsilon);
      }
    }
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
