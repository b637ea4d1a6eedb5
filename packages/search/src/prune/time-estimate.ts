import type { PlannedRound } from './plan.js';
import { MEASURED_METRICS, type MeasuredMetric } from './record.js';

interface Spent {
  work: number;
  seconds: number;
}

/** Estimates the time that is left from the time that each metric took so far for work of the same kind. */
export class TimeEstimate {
  #total: Readonly<Record<MeasuredMetric, number>> = { ntk: 0, zen: 0, regions: 0 };
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
  }

  /** Seconds left, counting a request in flight; null while nothing is known. */
  secondsLeft(flight?: {
    readonly metric: MeasuredMetric;
    readonly evaluations: number;
    readonly activeOps: number;
    readonly seconds: number;
  }): number | null {
    const spent = MEASURED_METRICS.map((metric) => {
      const { work, seconds } = this.#spent[metric];
      return flight?.metric === metric
        ? { metric, work: work + flight.evaluations * flight.activeOps, seconds: seconds + flight.seconds }
        : { metric, work, seconds };
    });
    const known = spent.filter(({ work }) => work > 0).map(({ work, seconds }) => seconds / work);
    if (known.length === 0) return null;
    const slowest = Math.max(...known);
    return spent.reduce((sum, { metric, work, seconds }) => {
      // A metric that has not run yet is taken to be as slow as the slowest.
      const secondsPerWork = work > 0 ? seconds / work : slowest;
      return sum + Math.max(0, this.#total[metric] - work) * secondsPerWork;
    }, 0);
  }
}
