/** PyTorch's defaults (Kingma and Ba, ICLR 2015, arXiv 1412.6980). */
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** Adam on one list of weights. */
export class Adam {
  readonly #weights: Float64Array;
  readonly #rate: number;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  /** @param weights are changed in place */
  constructor(weights: Float64Array, rate: number) {
    this.#weights = weights;
    this.#rate = rate;
    this.#first = new Float64Array(weights.length);
    this.#second = new Float64Array(weights.length);
  }

  /** One step against a gradient, which is set to 0 for the next one. */
  step(gradient: Float64Array): void {
    this.#steps++;
    const [weights, first, second] = [this.#weights, this.#first, this.#second];
    const rate = this.#rate / (1 - BETA1 ** this.#steps);
    const unbias2 = 1 / (1 - BETA2 ** this.#steps);
    for (let place = 0; place < weights.length; place++) {
      const slope = gradient[place]!;
      const mean = BETA1 * first[place]! + (1 - BETA1) * slope;
      const square = BETA2 * second[place]! + (1 - BETA2) * slope * slope;
      first[place] = mean;
      second[place] = square;
      weights[place] = weights[place]! - (rate * mean) / (Math.sqrt(square * unbias2) + EPSILON);
      gradient[place] = 0;
    }
  }
}
