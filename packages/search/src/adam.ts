/** Adam's settings. */
export interface AdamOptions {
  readonly betas: readonly [number, number];
  /** L2 decay, a part of the gradient. */
  readonly weightDecay: number;
}

/** PyTorch's default. */
const EPSILON = 1e-8;

/** Adam on lists of values (Kingma and Ba, ICLR 2015, arXiv 1412.6980; PyTorch's, with `weight_decay`). */
export class Adam {
  readonly #values: readonly Float64Array[];
  readonly #options: AdamOptions;
  readonly #first: readonly Float64Array[];
  readonly #second: readonly Float64Array[];
  #steps = 0;

  /** @param values are changed in place */
  constructor(values: readonly Float64Array[], options: AdamOptions) {
    this.#values = values;
    this.#options = options;
    this.#first = values.map(({ length }) => new Float64Array(length));
    this.#second = values.map(({ length }) => new Float64Array(length));
  }

  /** One step. @param gradient of the loss by the values */
  step(gradient: readonly Float64Array[], rate: number): void {
    const { betas, weightDecay } = this.#options;
    const [beta1, beta2] = betas;
    this.#steps += 1;
    const [unbias1, unbias2] = [1 - beta1 ** this.#steps, 1 - beta2 ** this.#steps];
    for (const [list, values] of this.#values.entries()) {
      const [first, second] = [this.#first[list]!, this.#second[list]!];
      for (const [place, value] of values.entries()) {
        const slope = gradient[list]![place]! + weightDecay * value;
        first[place] = beta1 * first[place]! + (1 - beta1) * slope;
        second[place] = beta2 * second[place]! + (1 - beta2) * slope ** 2;
        values[place] =
          value - (rate * (first[place]! / unbias1)) / (Math.sqrt(second[place]! / unbias2) + EPSILON);
      }
    }
  }
}
