import { type ChosenMetric, chooseMetrics, listMetrics, type MetricChoice } from '../registry.js';

/** Metrics that reference fixtures have under several names, one for each setting. */
const VARIANTS: Readonly<Record<string, MetricChoice>> = {
  ntk_condition_batch: { metric: 'ntk', settings: { mode: 'batch' } },
  ntk_condition_sample: { metric: 'ntk', settings: { mode: 'sample' } },
  zico_4: { metric: 'zico', settings: { batches: 4 } },
};

/**
 * The metric that reference fixtures mean by a name, such as `zico_4` or `grad_norm`; null if there is none. Otherwise they have
 * the metric's own name, with `_` in place of `-`.
 */
export function referenceMetric(name: string): ChosenMetric | null {
  const own = name.replaceAll('_', '-');
  const choice = Object.hasOwn(VARIANTS, name)
    ? VARIANTS[name]
    : listMetrics().find((one) => one.name === own);
  return choice === undefined ? null : chooseMetrics([choice])[0]!;
}
