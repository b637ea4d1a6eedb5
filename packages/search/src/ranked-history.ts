import type { Metric } from '@tenas/metrics';
import type { Scores } from '@tenas/records';

/** How the ranks by several metrics become one number. */
export const RANK_AGGREGATES = ['log-rank', 'rank-sum'] as const;
/** {@link RANK_AGGREGATES} */
export type RankAggregate = (typeof RANK_AGGREGATES)[number];

/** A metric that ranks. */
type RankingMetric = Pick<Metric, 'name' | 'better'>;

/**
 * Architectures in the order in which they were scored, ranked by one metric or by several together. By each metric the
 * worst of n has rank 1 and the best rank n; equal values share the mean of their ranks, and those without a value are
 * the worst. `rank-sum` adds the ranks; `log-rank` adds ln(rank / n), which weighs a bad rank by one metric more than a
 * good one by another (AZ-NAS, arXiv 2403.19232). Ranks change as the history grows.
 */
export class RankedHistory {
  readonly #metrics: readonly RankingMetric[];
  readonly #aggregate: RankAggregate;
  /** Values of each metric, larger is better, ascending. */
  readonly #sorted: number[][];
  /** Values of each architecture, by metric. */
  readonly #values: (readonly number[])[] = [];
  /** Architectures that no other is at least as good as by every metric: one of these is the best by any ranks. */
  #front: number[] = [];

  /** @param metrics at least one */
  constructor(metrics: readonly RankingMetric[], aggregate: RankAggregate) {
    this.#metrics = metrics;
    this.#aggregate = aggregate;
    this.#sorted = metrics.map(() => []);
  }

  /** Architectures so far. */
  get length(): number {
    return this.#values.length;
  }

  /** Adds an architecture; its place is the length before. */
  add(scores: Scores): void {
    const values = this.#metrics.map(({ name, better }) => {
      const value = scores[name]?.value ?? null;
      if (value === null) return Number.NEGATIVE_INFINITY;
      return better === 'higher' ? value : -value;
    });
    for (const [metric, value] of values.entries()) {
      const sorted = this.#sorted[metric]!;
      sorted.splice(countBelow(sorted, value), 0, value);
    }
    const place = this.#values.push(values) - 1;
    if (this.#front.some((other) => this.#atLeast(other, place))) return;
    this.#front = [...this.#front.filter((other) => !this.#atLeast(place, other)), place];
  }

  /** The combined rank of the architecture at a place among all so far; more is better. */
  worth(place: number): number {
    const n = this.length;
    return this.#values[place]!.reduce((sum, value, metric) => {
      const sorted = this.#sorted[metric]!;
      const rank = (countBelow(sorted, value) + countUpTo(sorted, value) + 1) / 2;
      return sum + (this.#aggregate === 'rank-sum' ? rank : Math.log(rank / n));
    }, 0);
  }

  /** Place of the best so far, the first of equals. */
  get best(): number {
    return this.bestOf(this.#front);
  }

  /** The best of some places, the first of equals. */
  bestOf(places: readonly number[]): number {
    const worths = places.map((place) => this.worth(place));
    return places[worths.indexOf(Math.max(...worths))]!;
  }

  /** Whether one is at least as good as the other by every metric. */
  #atLeast(one: number, other: number): boolean {
    const others = this.#values[other]!;
    return this.#values[one]!.every((value, metric) => value >= others[metric]!);
  }
}

/** How many values of an ascending list are below a value. */
function countBelow(sorted: readonly number[], value: number): number {
  return firstPlace(sorted, (other) => other >= value);
}

/** How many are below or equal. */
function countUpTo(sorted: readonly number[], value: number): number {
  return firstPlace(sorted, (other) => other > value);
}

/** The first place from which on a condition holds. */
function firstPlace(sorted: readonly number[], holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
