import { mean, midRanks } from '@tenas/base';
import type { RankedPopulation, RankingMetric, ScoredValues } from '@tenas/metrics/definitions';
import { sigmoid } from './predictor.js';

/** What a predictor learns of cells: numbers from 0 to 1, larger is better. */
export interface Targets {
  /** Of all cells so far. */
  all(): number[];
}

/** The share of all cells so far that are worse, equals counting half. */
export class RankTargets implements Targets {
  readonly #history: RankedPopulation;

  constructor(history: RankedPopulation) {
    this.#history = history;
  }

  all(): number[] {
    const { length } = this.#history;
    // A cell that was dropped has no worth.
    const worths = Array.from({ length }, (_, place) => this.#history.worth(place));
    return [...midRanks(worths)].map((rank) => (rank - 0.5) / length);
  }
}

/**
 * The values of one metric: as they are where those of the first level are from 0 to 1, as accuracies are; otherwise less
 * their mean over their deviation there, through a sigmoid. Without a value a cell counts as the worst so far.
 */
export class ValueTargets implements Targets {
  readonly #metric: RankingMetric;
  readonly #values: (number | null)[] = [];
  #first: readonly number[] | null = null;

  constructor(metric: RankingMetric) {
    this.#metric = metric;
  }

  add(scores: ScoredValues): void {
    const value = scores[this.#metric.name]?.value ?? null;
    this.#values.push(value === null || this.#metric.better === 'higher' ? value : -value);
  }

  all(): number[] {
    const known = this.#values.filter((value) => value !== null);
    this.#first ??= known;
    const worst = known.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    if (known.length === 0) return this.#values.map(() => 0.5);
    const scaled = scaleOf(this.#first);
    return this.#values.map((value) => scaled(value ?? worst));
  }
}

function scaleOf(values: readonly number[]): (value: number) => number {
  if (values.every((value) => value >= 0 && value <= 1)) return (value) => Math.min(1, Math.max(0, value));
  const middle = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2))) || 1;
  return (value) => sigmoid((value - middle) / deviation);
}
