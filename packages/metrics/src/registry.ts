import { settingError, TenasError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { BUILT_IN } from './list/index.js';
import type { Metric } from './metric.js';

const metrics = new Map<string, Metric>(BUILT_IN.map((metric) => [metric.name, metric]));

/** How metrics are named. */
export const METRIC_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Makes a metric of your own known by its name in this process. Check it first with `@tenas/metrics/contract`.
 *
 * @throws TenasError `METRIC_INVALID` if the name is malformed or taken by another metric.
 */
export function registerMetric(metric: Metric): void {
  const { name } = metric;
  if (typeof name !== 'string' || !METRIC_NAME.test(name)) {
    throw settingError('name', name, 'lower case letters, digits and hyphens', 'METRIC_INVALID');
  }
  const known = metrics.get(name);
  if (known !== undefined && known !== metric) {
    throw settingError('name', name, 'another, as a metric is already called so', 'METRIC_INVALID');
  }
  metrics.set(name, metric);
}

/** All known metrics, the built-in ones first. */
export function listMetrics(): readonly Metric[] {
  return [...metrics.values()];
}

/**
 * The metric of that name.
 *
 * @throws TenasError `UNKNOWN_METRIC` listing the known names.
 */
export function getMetric(name: string): Metric {
  const metric = metrics.get(name);
  if (metric !== undefined) return metric;
  throw new TenasError(
    'UNKNOWN_METRIC',
    `unknown metric ${JSON.stringify(name)}, known are ${[...metrics.keys()].join(', ')}`,
    { field: 'metric', value: name },
  );
}

/** A metric to evaluate: its name, or the metric, or either with settings; fields that are left out have their defaults. */
export type MetricChoice =
  | string
  | Metric
  | { readonly metric: string | Metric; readonly settings?: object | undefined };

/** A metric with its settings. */
export interface ChosenMetric {
  readonly metric: Metric;
  /** Complete. */
  readonly settings: object;
}

/**
 * The metrics that were chosen, with complete settings.
 *
 * @throws TenasError `UNKNOWN_METRIC`; `SETTING_INVALID` naming the setting, or a metric that is chosen twice.
 */
export function chooseMetrics(choices: readonly MetricChoice[]): ChosenMetric[] {
  const seen = new Set<string>();
  return choices.map((choice) => {
    const { metric: wanted, settings } =
      typeof choice === 'object' && 'metric' in choice ? choice : { metric: choice, settings: {} };
    const metric = typeof wanted === 'string' ? getMetric(wanted) : wanted;
    if (seen.has(metric.name)) {
      throw settingError('metrics', metric.name, 'a list that names each metric once');
    }
    seen.add(metric.name);
    return { metric, settings: readSettings(metric.name, metric.settings, settings) };
  });
}

/** Description of a metric for readers of scores. Plain data. */
export interface MetricInfo extends Pick<Metric, 'name' | 'title' | 'better' | 'symbol' | 'about'> {
  /** Complete. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The description of a metric in a document. */
export function metricInfo({ metric, settings }: ChosenMetric): MetricInfo {
  const { name, title, better, symbol, about } = metric;
  return {
    name,
    title,
    better,
    ...(symbol === undefined ? {} : { symbol }),
    ...(about === undefined ? {} : { about }),
    settings: { ...settings },
  };
}
