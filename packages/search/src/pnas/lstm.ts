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

/** Input, forget, candidate and output gate, in this order. */
const GATES = 4;

/** What the LSTM keeps of a step for the way back. */
interface Step {
  readonly field: number;
  readonly token: number;
  /** Gates after their functions. */
  readonly gates: Float64Array;
  readonly memory: Float64Array;
  readonly output: Float64Array;
}

/**
 * The recurrent predictor of PNAS: the tokens of all blocks one after the other pass an LSTM, whose last output passes a
 * linear output with sigmoid. Forget gates begin with a bias of 1.
 */
export class LstmPredictor implements Predictor {
  readonly weights: Float64Array;
  readonly #units: number;
  readonly #embeddings: Embeddings;
  /** The gates, as far as they depend on the embeddings. */
  readonly #gates: TokenLayer;
  /** Places in the weights: gates by output, the linear output and its bias. */
  readonly #recurrent: number;
  readonly #output: number;
  readonly #bias: number;

  constructor({ fields, embedding, units, middle }: PredictorOptions, random: RandomStream) {
    this.#units = units;
    this.#embeddings = new Embeddings(fields, embedding);
    const gates = GATES * units;
    const inputs = this.#embeddings.length;
    this.#recurrent = inputs + gates * embedding;
    const biases = this.#recurrent + gates * units;
    this.#gates = { outputs: gates, row: () => inputs, biases };
    this.#output = biases + gates;
    this.#bias = this.#output + units;
    this.weights = new Float64Array(this.#bias + 1);
    this.#embeddings.draw(this.weights, random);
    drawUniform(this.weights.subarray(inputs, this.#bias), 1 / Math.sqrt(units), random);
    this.weights.fill(0, biases, this.#output);
    this.weights.fill(1, biases + units, biases + 2 * units);
    this.weights[this.#bias] = logit(middle);
  }

  predict(cells: readonly Cell[]): Float64Array {
    const tokens = this.#tokens();
    return Float64Array.from(cells, (cell) => this.#answer(this.#run(cell, tokens).at(-1)!.output));
  }

  predictNext(cell: Cell, blocks: readonly ProgressiveBlock[]): Float64Array {
    const tokens = this.#tokens();
    const steps = this.#run(cell, tokens);
    const before = steps.length;
    let last: ProgressiveBlock = [];
    return Float64Array.from(blocks, (block) => {
      // Blocks that stand one after the other begin alike.
      let same = 0;
      while (same < last.length && block[same] === last[same]) same++;
      steps.length = before + same;
      for (let field = same; field < block.length; field++) {
        steps.push(this.#step(steps.at(-1), { field, token: block[field]!, tokens }));
      }
      last = block;
      return this.#answer(steps.at(-1)!.output);
    });
  }

  addGradient(cells: readonly Cell[], targets: readonly number[], gradient: Float64Array): number {
    const { weights } = this;
    const [units, output] = [this.#units, this.#output];
    const tokens = this.#tokens();
    const slopes = tokens.map(({ length }) => new Float64Array(length));
    let loss = 0;
    for (const [place, cell] of cells.entries()) {
      const steps = this.#run(cell, tokens);
      const last = steps.at(-1)!.output;
      const answer = this.#answer(last);
      const miss = answer - targets[place]!;
      loss += Math.abs(miss) / cells.length;
      const byOutput = (Math.sign(miss) * answer * (1 - answer)) / cells.length;
      gradient[this.#bias]! += byOutput;
      const byLast = new Float64Array(units);
      for (let unit = 0; unit < units; unit++) {
        gradient[output + unit]! += byOutput * last[unit]!;
        byLast[unit] = byOutput * weights[output + unit]!;
      }
      this.#goBack(steps, byLast, { slopes, gradient });
    }
    this.#embeddings.addGradient(slopes, weights, this.#gates, gradient);
    return loss;
  }

  /** Through the steps from the last to the first. @param byOutput gradient by the last output, changed in place */
  #goBack(
    steps: readonly Step[],
    byOutput: Float64Array,
    { slopes, gradient }: { readonly slopes: readonly Float64Array[]; readonly gradient: Float64Array },
  ): void {
    const { weights } = this;
    const [units, recurrent] = [this.#units, this.#recurrent];
    const byMemory = new Float64Array(units);
    const byGates = new Float64Array(GATES * units);
    for (let at = steps.length - 1; at >= 0; at--) {
      const { gates, memory, field, token } = steps[at]!;
      const before = steps[at - 1];
      for (let unit = 0; unit < units; unit++) {
        const [open, keep] = [gates[unit]!, gates[units + unit]!];
        const [candidate, show] = [gates[2 * units + unit]!, gates[3 * units + unit]!];
        const shown = Math.tanh(memory[unit]!);
        const slope = byMemory[unit]! + byOutput[unit]! * show * (1 - shown * shown);
        byGates[unit] = slope * candidate * open * (1 - open);
        byGates[units + unit] = slope * (before?.memory[unit] ?? 0) * keep * (1 - keep);
        byGates[2 * units + unit] = slope * open * (1 - candidate * candidate);
        byGates[3 * units + unit] = byOutput[unit]! * shown * show * (1 - show);
        byMemory[unit] = slope * keep;
      }
      const [into, start] = [slopes[field]!, token * GATES * units];
      for (let gate = 0; gate < GATES * units; gate++) into[start + gate]! += byGates[gate]!;
      if (before === undefined) return;
      byOutput.fill(0);
      for (let gate = 0; gate < GATES * units; gate++) {
        const [slope, row] = [byGates[gate]!, recurrent + gate * units];
        for (let unit = 0; unit < units; unit++) {
          gradient[row + unit]! += slope * before.output[unit]!;
          byOutput[unit]! += slope * weights[row + unit]!;
        }
      }
    }
  }

  /** By field: what the gates make of each token, with their biases. */
  #tokens(): Float64Array[] {
    return this.#embeddings.outputsOf(this.weights, this.#gates);
  }

  #run(cell: Cell, tokens: readonly Float64Array[]): Step[] {
    const steps: Step[] = [];
    for (const block of cell) {
      for (const [field, token] of block.entries())
        steps.push(this.#step(steps.at(-1), { field, token, tokens }));
    }
    return steps;
  }

  #step(
    before: Step | undefined,
    {
      field,
      token,
      tokens,
    }: { readonly field: number; readonly token: number; readonly tokens: readonly Float64Array[] },
  ): Step {
    const { weights } = this;
    const [units, recurrent] = [this.#units, this.#recurrent];
    const all = GATES * units;
    const gates = tokens[field]!.slice(token * all, (token + 1) * all);
    if (before !== undefined) {
      const { output } = before;
      for (let gate = 0; gate < all; gate++) {
        const row = recurrent + gate * units;
        let sum = gates[gate]!;
        for (let unit = 0; unit < units; unit++) sum += weights[row + unit]! * output[unit]!;
        gates[gate] = sum;
      }
    }
    const memory = new Float64Array(units);
    const output = new Float64Array(units);
    for (let unit = 0; unit < units; unit++) {
      const open = sigmoid(gates[unit]!);
      const keep = sigmoid(gates[units + unit]!);
      const candidate = Math.tanh(gates[2 * units + unit]!);
      const show = sigmoid(gates[3 * units + unit]!);
      gates[unit] = open;
      gates[units + unit] = keep;
      gates[2 * units + unit] = candidate;
      gates[3 * units + unit] = show;
      memory[unit] = keep * (before?.memory[unit] ?? 0) + open * candidate;
      output[unit] = show * Math.tanh(memory[unit]!);
    }
    return { field, token, gates, memory, output };
  }

  #answer(output: Float64Array): number {
    const { weights } = this;
    let answer = weights[this.#bias]!;
    for (let unit = 0; unit < this.#units; unit++) answer += weights[this.#output + unit]! * output[unit]!;
    return sigmoid(answer);
  }
}
