import type { RandomStream } from '@tenas/base';
import type { ProgressiveBlock } from '@tenas/spaces';
import {
  type Cell,
  drawUniform,
  Embeddings,
  logit,
  type Predictor,
  type PredictorOptions,
  sigmoid,
  type TokenLayer,
} from './predictor.js';

/**
 * The predictor that PNAS searches with: the embeddings of a block are joined, averaged over the blocks, and pass a hidden
 * layer with ReLU and an output with sigmoid. So the order of the blocks does not count.
 *
 * The hidden layer is linear in the embeddings: what it makes of each token of each field is computed once for all cells.
 */
export class MlpPredictor implements Predictor {
  readonly weights: Float64Array;
  readonly #units: number;
  readonly #embeddings: Embeddings;
  /** The hidden layer without its biases, which count once for each cell. */
  readonly #hidden: TokenLayer;
  /** Places in the weights: of the hidden layer's biases, of the output and its bias. */
  readonly #biases: number;
  readonly #output: number;
  readonly #bias: number;

  constructor({ fields, embedding, units, middle }: PredictorOptions, random: RandomStream) {
    this.#units = units;
    this.#embeddings = new Embeddings(fields, embedding);
    const hidden = this.#embeddings.length;
    this.#hidden = { outputs: units, row: (field) => hidden + field * units * embedding };
    this.#biases = hidden + fields.length * units * embedding;
    this.#output = this.#biases + units;
    this.#bias = this.#output + units;
    this.weights = new Float64Array(this.#bias + 1);
    this.#embeddings.draw(this.weights, random);
    const inputs = fields.length * embedding;
    drawUniform(this.weights.subarray(hidden, this.#output), 1 / Math.sqrt(inputs), random);
    drawUniform(this.weights.subarray(this.#output, this.#bias), 1 / Math.sqrt(units), random);
    this.weights[this.#bias] = logit(middle);
  }

  predict(cells: readonly Cell[]): Float64Array {
    const tokens = this.#tokens();
    const sum = new Float64Array(this.#units);
    return Float64Array.from(cells, (cell) => {
      sum.fill(0);
      for (const block of cell) this.#addBlock(sum, tokens, block);
      return this.#answer(sum, cell.length);
    });
  }

  predictNext(cell: Cell, blocks: readonly ProgressiveBlock[]): Float64Array {
    const tokens = this.#tokens();
    const before = new Float64Array(this.#units);
    for (const block of cell) this.#addBlock(before, tokens, block);
    const sum = new Float64Array(this.#units);
    return Float64Array.from(blocks, (block) => {
      sum.set(before);
      this.#addBlock(sum, tokens, block);
      return this.#answer(sum, cell.length + 1);
    });
  }

  addGradient(cells: readonly Cell[], targets: readonly number[], gradient: Float64Array): number {
    const { weights } = this;
    const [units, output, biases] = [this.#units, this.#output, this.#biases];
    const tokens = this.#tokens();
    const slopes = tokens.map(({ length }) => new Float64Array(length));
    const sum = new Float64Array(units);
    const slope = new Float64Array(units);
    let loss = 0;
    for (const [place, cell] of cells.entries()) {
      sum.fill(0);
      for (const block of cell) this.#addBlock(sum, tokens, block);
      const answer = this.#answer(sum, cell.length);
      const miss = answer - targets[place]!;
      loss += Math.abs(miss) / cells.length;
      const byOutput = (Math.sign(miss) * answer * (1 - answer)) / cells.length;
      gradient[this.#bias]! += byOutput;
      for (let unit = 0; unit < units; unit++) {
        const active = weights[biases + unit]! + sum[unit]! / cell.length;
        if (active <= 0) {
          slope[unit] = 0;
          continue;
        }
        gradient[output + unit]! += byOutput * active;
        const byUnit = byOutput * weights[output + unit]!;
        gradient[biases + unit]! += byUnit;
        slope[unit] = byUnit / cell.length;
      }
      for (const block of cell) {
        for (const [field, token] of block.entries()) {
          const [into, start] = [slopes[field]!, token * units];
          for (let unit = 0; unit < units; unit++) into[start + unit]! += slope[unit]!;
        }
      }
    }
    this.#embeddings.addGradient(slopes, weights, this.#hidden, gradient);
    return loss;
  }

  /** By field: what the hidden layer makes of each token, without its biases. */
  #tokens(): Float64Array[] {
    return this.#embeddings.outputsOf(this.weights, this.#hidden);
  }

  #addBlock(sum: Float64Array, tokens: readonly Float64Array[], block: ProgressiveBlock): void {
    const units = this.#units;
    for (let field = 0; field < tokens.length; field++) {
      const [from, start] = [tokens[field]!, block[field]! * units];
      for (let unit = 0; unit < units; unit++) sum[unit]! += from[start + unit]!;
    }
  }

  #answer(sum: Float64Array, blocks: number): number {
    const { weights } = this;
    const [biases, output] = [this.#biases, this.#output];
    let answer = weights[this.#bias]!;
    for (let unit = 0; unit < this.#units; unit++) {
      const active = weights[biases + unit]! + sum[unit]! / blocks;
      if (active > 0) answer += weights[output + unit]! * active;
    }
    return sigmoid(answer);
  }
}
