import { mean, type RandomStream } from '@tenas/base';
import type { ProgressiveBlock } from '@tenas/spaces';
import { Adam } from './adam.js';
import type { Cell, Predictor } from './predictor.js';

/** How the members of an ensemble are fitted. */
export interface FitOptions {
  /** Step of Adam. */
  readonly rate: number;
  readonly epochs: number;
  /** Cells per step. */
  readonly batch: number;
  readonly random: RandomStream;
  /** Called between steps. */
  readonly pause: () => Promise<void>;
}

/** Mean absolute errors of an ensemble: that of its mean prediction, and the mean of those of its members. */
export interface EnsembleErrors {
  readonly ensemble: number;
  readonly members: number;
}

/** Predictors that have each seen another part of the cells; their mean is the prediction. */
export class Ensemble {
  readonly #members: readonly Predictor[];

  constructor(members: readonly Predictor[]) {
    this.#members = members;
  }

  /**
   * Fits every member from its present weights on, each to all but one part of the cells: with five members, to four fifths.
   * One alone, or where there are fewer cells than members, is fitted to all.
   */
  async fit(cells: readonly Cell[], targets: readonly number[], options: FitOptions): Promise<void> {
    const { rate, epochs, batch, random, pause } = options;
    const count = this.#members.length;
    const shuffled = random.sample(cells.length, cells.length);
    for (const [number, member] of this.#members.entries()) {
      const apart = count > 1 && cells.length >= count;
      const seen = shuffled.filter((_, place) => !apart || place % count !== number);
      const adam = new Adam(member.weights, rate);
      const gradient = new Float64Array(member.weights.length);
      for (let epoch = 0; epoch < epochs; epoch++) {
        const order = random.sample(seen.length, seen.length).map((place) => seen[place]!);
        for (let start = 0; start < order.length; start += batch) {
          const some = order.slice(start, start + batch);
          member.addGradient(
            some.map((place) => cells[place]!),
            some.map((place) => targets[place]!),
            gradient,
          );
          adam.step(gradient);
          await pause();
        }
      }
    }
  }

  /** One prediction for each cell. */
  predict(cells: readonly Cell[]): Float64Array {
    return meanOf(this.#members.map((member) => member.predict(cells)));
  }

  /** One prediction for each block as the next one of a cell. */
  predictNext(cell: Cell, blocks: readonly ProgressiveBlock[]): Float64Array {
    return meanOf(this.#members.map((member) => member.predictNext(cell, blocks)));
  }

  /** @param pause is called between members */
  async errors(
    cells: readonly Cell[],
    targets: readonly number[],
    pause: () => Promise<void>,
  ): Promise<EnsembleErrors> {
    const errorOf = (predicted: Float64Array) =>
      mean(targets.map((target, place) => Math.abs(predicted[place]! - target)));
    const predicted: Float64Array[] = [];
    for (const member of this.#members) {
      predicted.push(member.predict(cells));
      await pause();
    }
    return { ensemble: errorOf(meanOf(predicted)), members: mean(predicted.map(errorOf)) };
  }
}

function meanOf(lists: readonly Float64Array[]): Float64Array {
  return lists[0]!.map((_, place) => lists.reduce((sum, list) => sum + list[place]!, 0) / lists.length);
}
