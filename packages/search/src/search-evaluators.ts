import { type ChosenMetric, Evaluator, type EvaluatorOptions } from '@tenas/metrics';

/** The evaluators of a search: one for each list of metrics that it scores by. Dispose it to free their networks. */
export class SearchEvaluators implements Disposable {
  readonly #options: Omit<EvaluatorOptions, 'metrics'>;
  readonly #evaluators = new Map<string, Evaluator>();

  constructor(options: Omit<EvaluatorOptions, 'metrics'>) {
    this.#options = options;
  }

  /** The evaluator of some metrics. @throws TenasError `LABELS_MISSING`, `SPACE_UNFIT`, `SETTING_INVALID` */
  of(metrics: readonly ChosenMetric[]): Evaluator {
    const key = JSON.stringify(metrics.map(({ metric, settings }) => [metric.name, settings]));
    const evaluator = this.#evaluators.get(key) ?? new Evaluator({ ...this.#options, metrics });
    this.#evaluators.set(key, evaluator);
    return evaluator;
  }

  [Symbol.dispose](): void {
    for (const evaluator of this.#evaluators.values()) evaluator[Symbol.dispose]();
  }
}
