import type { PlannedRound } from './plan.js';
import { MEASURED_METRICS, type MeasuredMetric } from './record.js';

interface Spent {
  work: number;
  seconds: number;
}

/**
 * Estimates the time that is left from the time that each metric took so far for work of the same kind. What a metric did until
 * it was first heard of counts only while nothing else is known of it: that time also made networks and read images.
 */
export class TimeEstimate {
  #total: Readonly<Record<MeasuredMetric, number>> = { ntk: 0, zen: 0, regions: 0 };
  /** What each metric had spent when it was first heard of. */
  readonly #first = new Map<MeasuredMetric, Readonly<Spent>>();
  readonly #spent: Record<MeasuredMetric, Spent> = {
    ntk: { work: 0, seconds: 0 },
    zen: { work: 0, seconds: 0 },
    regions: { work: 0, seconds: 0 },
  };

  constructor(rounds: readonly PlannedRound[]) {
    this.plan(rounds);
  }

  /** Takes other rounds for the whole search's. */
  plan(rounds: readonly PlannedRound[]): void {
    const work = (metric: MeasuredMetric) =>
      rounds.reduce((sum, { evaluations, activeOps }) => sum + evaluations[metric] * activeOps, 0);
    this.#total = { ntk: work('ntk'), zen: work('zen'), regions: work('regions') };
  }

  /** Counts finished evaluations of networks with so many operations. */
  add(metric: MeasuredMetric, evaluations: number, activeOps: number, seconds: number): void {
    this.#spent[metric].work += evaluations * activeOps;
    this.#spent[metric].seconds += seconds;
    this.#hear(metric, this.#spent[metric]);
  }

  #hear(metric: MeasuredMetric, { work, seconds }: Readonly<Spent>): void {
    if (work > 0 && !this.#first.has(metric)) this.#first.set(metric, { work, seconds });
  }

  /** Undefined: nothing was done. */
  #secondsPerWork(metric: MeasuredMetric, { work, seconds }: Readonly<Spent>): number | undefined {
    if (work === 0) return undefined;
    const first = this.#first.get(metric);
    return first === undefined || work <= first.work
      ? seconds / work
      : Math.max(0, seconds - first.seconds) / (work - first.work);
  }

  /** Seconds left, counting a request in flight; null while nothing is known. */
  secondsLeft(flight?: {
    readonly metric: MeasuredMetric;
    readonly evaluations: number;
    readonly activeOps: number;
    readonly seconds: number;
  }): number | null {
    const rates = MEASURED_METRICS.map((metric) => {
      const { work, seconds } = this.#spent[metric];
      const spent =
        flight?.metric === metric
          ? { work: work + flight.evaluations * flight.activeOps, seconds: seconds + flight.seconds }
          : { work, seconds };
      this.#hear(metric, spent);
      const left = Math.max(0, this.#total[metric] - spent.work);
      return { left, secondsPerWork: this.#secondsPerWork(metric, spent) };
    });
    const known = rates.flatMap(({ secondsPerWork }) => secondsPerWork ?? []);
    if (known.length === 0) return null;
    const slowest = Math.max(...known);
    // A metric that has not run yet is taken to be as slow as the slowest.
    return rates.reduce((sum, { left, secondsPerWork = slowest }) => sum + left * secondsPerWork, 0);
  }
}
