import type { RankedPopulation, RankingMetric, ScoredValues } from '@tenas/metrics/definitions';

/** Kept away from 0, as TEG-NAS's code has it. */
const SMALLEST_RANGE = 1e-6;

/** What an architecture is worth when it is scored; larger is better. */
export interface Rewards {
  /** The reward of the architecture that was added last to the history, whose scores these are. */
  next(scores: ScoredValues): number;
}

/** The worth of an architecture among all so far. */
export class RankRewards implements Rewards {
  readonly #history: RankedPopulation;

  constructor(history: RankedPopulation) {
    this.#history = history;
  }

  next(): number {
    return this.#history.relativeWorth(this.#history.length - 1);
  }
}

/**
 * TEG-NAS's reward: for each metric the change since the architecture before, over the range of the last ones, added.
 * Without a value an architecture counts as the worst so far. The first has reward 0.
 */
export class ChangeRewards implements Rewards {
  readonly #metrics: readonly RankingMetric[];
  readonly #window: number;
  /** By metric, larger is better; null: there is none. */
  readonly #values: (number | null)[][];

  /** @param window architectures whose range counts, the present one among them */
  constructor(metrics: readonly RankingMetric[], window: number) {
    this.#metrics = metrics;
    this.#window = window;
    this.#values = metrics.map(() => []);
  }

  next(scores: ScoredValues): number {
    let sum = 0;
    for (const [place, { name, better }] of this.#metrics.entries()) {
      const value = scores[name]?.value ?? null;
      const values = this.#values[place]!;
      values.push(value === null ? null : better === 'higher' ? value : -value);
      sum += changeOf(values, this.#window);
    }
    return sum;
  }
}

function changeOf(values: readonly (number | null)[], window: number): number {
  const known = values.filter((value) => value !== null);
  if (values.length < 2 || known.length === 0) return 0;
  const worst = known.reduce((least, value) => Math.min(least, value));
  const last = values.slice(-Math.max(2, window)).map((value) => value ?? worst);
  const counted = last.slice(-window);
  const range = Math.max(...counted) - Math.min(...counted);
  return (last.at(-1)! - last.at(-2)!) / (range + SMALLEST_RANGE);
}
