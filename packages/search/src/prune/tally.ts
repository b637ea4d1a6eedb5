import { NTK_FAILURES, type NtkFailure, type NtkOutcome } from '@tenas/metrics';
import type { EvaluationCounts, FailureCounts, MetricSeconds } from './record.js';

/** Counts evaluations, failed kernels and the time of each metric. */
export class Tally {
  #ntk = 0;
  #regions = 0;
  readonly #seconds = { ntk: 0, regions: 0 };
  readonly #failures = new Map<NtkFailure, number>(NTK_FAILURES.map((reason) => [reason, 0]));

  addKernels(outcomes: readonly (readonly NtkOutcome[])[]): void {
    for (const outcome of outcomes.flat()) {
      this.#ntk++;
      if (outcome.kind === 'failed') {
        this.#failures.set(outcome.reason, (this.#failures.get(outcome.reason) ?? 0) + 1);
      }
    }
  }

  addRegionCounts(counts: readonly (readonly number[])[]): void {
    this.#regions += counts.flat().length;
  }

  addSeconds(metric: keyof MetricSeconds, seconds: number): void {
    this.#seconds[metric] += seconds;
  }

  get evaluations(): EvaluationCounts {
    return { ntk: this.#ntk, regions: this.#regions };
  }

  get metricSeconds(): MetricSeconds {
    return { ...this.#seconds };
  }

  get failures(): FailureCounts {
    return Object.fromEntries(this.#failures) as Record<NtkFailure, number>;
  }
}
