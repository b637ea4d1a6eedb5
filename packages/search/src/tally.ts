import type { Evaluated } from './ask.js';

/** Counts evaluations, failures and time by metric. */
export class Tally {
  readonly #evaluations = new Map<string, number>();
  readonly #seconds = new Map<string, number>();
  readonly #failures = new Map<string, Map<string, number>>();

  /** Adds evaluations. */
  add({ metric, evaluations = 0, failures = {}, seconds = 0 }: Evaluated): void {
    addTo(this.#evaluations, metric, evaluations);
    addTo(this.#seconds, metric, seconds);
    for (const [reason, count] of Object.entries(failures)) {
      const reasons = this.#failures.get(metric) ?? new Map<string, number>();
      this.#failures.set(metric, reasons);
      addTo(reasons, reason, count);
    }
  }

  /** The counts in the form of records. */
  get counts() {
    return {
      evaluations: Object.fromEntries(this.#evaluations),
      failures: Object.fromEntries(
        [...this.#failures].map(([metric, reasons]) => [metric, Object.fromEntries(reasons)]),
      ),
      metricSeconds: Object.fromEntries(this.#seconds),
    };
  }
}

function addTo(sums: Map<string, number>, name: string, more: number): void {
  sums.set(name, (sums.get(name) ?? 0) + more);
}
