import type { RandomStream } from '@tenas/base';
import type { BlockField, ProgressiveBlock } from '@tenas/spaces';

/** A cell as the blocks that it is built of. */
export type Cell = readonly ProgressiveBlock[];

/** Predicts a number from 0 to 1 for cells of any number of blocks. */
export interface Predictor {
  /** All weights, which an optimiser changes in place. */
  readonly weights: Float64Array;
  /** One prediction for each cell. */
  predict(cells: readonly Cell[]): Float64Array;
  /** One prediction for each block as the next one of a cell. */
  predictNext(cell: Cell, blocks: readonly ProgressiveBlock[]): Float64Array;
  /**
   * Adds the gradient by the weights of the mean of |prediction - target|.
   *
   * @returns the mean
   */
  addGradient(cells: readonly Cell[], targets: readonly number[], gradient: Float64Array): number;
}

/** Sizes of a predictor. */
export interface PredictorOptions {
  /** What the blocks of the space say. */
  readonly fields: readonly BlockField[];
  /** Numbers that stand for a token, e.g. for an operation. */
  readonly embedding: number;
  /** Units of the hidden layer, or of the LSTM. */
  readonly units: number;
  /** The prediction before any training, between 0 and 1. */
  readonly middle: number;
}

/** Largest size of a number in an embedding before training, as in the paper. */
const EMBEDDING_BOUND = 0.1;

/** The logarithm of the odds of a share: the bias of the output by which it is predicted. 1.8 for the paper's .858. */
export function logit(share: number): number {
  return Math.log(share / (1 - share));
}

/** The inverse of {@link logit}. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** A layer that is linear in the embeddings, by the places of its weights. */
export interface TokenLayer {
  readonly outputs: number;
  /** Where the weights of a field's embeddings begin, output by output; fields may share them. */
  row(field: number): number;
  /** Where its biases stand, which count once for each token; absent: they are added elsewhere. */
  readonly biases?: number | undefined;
}

/** Where the weights of each vocabulary's embeddings stand in the list of all weights; those of a token are consecutive. */
export class Embeddings {
  /** By field: the place of its vocabulary's first embedding. */
  readonly starts: readonly number[];
  /** Weights of all vocabularies. */
  readonly length: number;
  readonly #fields: readonly BlockField[];
  readonly #size: number;

  constructor(fields: readonly BlockField[], embedding: number) {
    this.#fields = fields;
    this.#size = embedding;
    const known = new Map<string, number>();
    let length = 0;
    for (const { vocabulary, size } of fields) {
      if (known.has(vocabulary)) continue;
      known.set(vocabulary, length);
      length += size * embedding;
    }
    this.starts = fields.map(({ vocabulary }) => known.get(vocabulary)!);
    this.length = length;
  }

  /** Draws the embeddings, which are the first weights. */
  draw(weights: Float64Array, random: RandomStream): void {
    drawUniform(weights.subarray(0, this.length), EMBEDDING_BOUND, random);
  }

  /** By field: what a layer makes of each token. */
  outputsOf(weights: Float64Array, { outputs, row: rowOf, biases }: TokenLayer): Float64Array[] {
    const length = this.#size;
    return this.#fields.map(({ size }, field) => {
      const made = new Float64Array(size * outputs);
      for (let token = 0; token < size; token++) {
        const at = this.starts[field]! + token * length;
        for (let output = 0; output < outputs; output++) {
          const row = rowOf(field) + output * length;
          let sum = biases === undefined ? 0 : weights[biases + output]!;
          for (let item = 0; item < length; item++) sum += weights[row + item]! * weights[at + item]!;
          made[token * outputs + output] = sum;
        }
      }
      return made;
    });
  }

  /** From the gradient by {@link outputsOf} to those by the layer's weights and biases and by the embeddings. */
  addGradient(
    slopes: readonly Float64Array[],
    weights: Float64Array,
    { outputs, row: rowOf, biases }: TokenLayer,
    gradient: Float64Array,
  ): void {
    const length = this.#size;
    for (const [field, { size }] of this.#fields.entries()) {
      for (let token = 0; token < size; token++) {
        const at = this.starts[field]! + token * length;
        for (let output = 0; output < outputs; output++) {
          const slope = slopes[field]![token * outputs + output]!;
          if (slope === 0) continue;
          if (biases !== undefined) gradient[biases + output]! += slope;
          const row = rowOf(field) + output * length;
          for (let item = 0; item < length; item++) {
            gradient[row + item]! += slope * weights[at + item]!;
            gradient[at + item]! += slope * weights[row + item]!;
          }
        }
      }
    }
  }
}

/** Draws weights uniformly from -bound to bound. */
export function drawUniform(weights: Float64Array, bound: number, random: RandomStream): void {
  for (let place = 0; place < weights.length; place++) weights[place] = bound * (2 * random.unit() - 1);
}
