import type { Weights } from '@tenas/native';
import type { Pass } from '../metric.js';

/** Weights that take the place of drawn ones. */
export class GivenWeights {
  #absolute: Float32Array | undefined;

  constructor(private readonly values: Float32Array) {}

  /** The weights of a pass; those without signs are made once. */
  of({ absolute = false }: Pick<Pass, 'absolute'>): Weights {
    if (!absolute) return { kind: 'explicit', data: this.values };
    this.#absolute ??= this.values.map(Math.abs);
    return { kind: 'explicit', data: this.#absolute };
  }
}
