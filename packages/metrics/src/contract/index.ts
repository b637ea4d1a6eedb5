/**
 * The contract of every metric, built-in or not: checks that need no test framework.
 *
 *     for (const { name, run } of metricContract(metric)) it(name, () => run());
 *
 * @packageDocumentation
 */
import type { ContractCheck } from '@tenas/base';
import type { Metric } from '../metric.js';
import type { MetricCheck } from './check.js';
import { descriptionChecks } from './description.js';
import { engineChecks } from './engine.js';
import { settingsChecks } from './settings.js';
import { valueChecks } from './values.js';

export { smallSpace } from './small-space.js';
export type { MetricCheck };

/** All checks of a metric, in the order in which they should be run: later ones rely on earlier ones. */
export function metricContract(metric: Metric): readonly MetricCheck[] {
  return [
    ...descriptionChecks(metric),
    ...settingsChecks(metric),
    ...valueChecks(metric),
    ...engineChecks(metric),
  ];
}

/** The checks that take no more than milliseconds and no engine: for loading a metric from a file. */
export function quickMetricContract(metric: Metric): readonly ContractCheck[] {
  return metricContract(metric).filter(({ quick }) => quick);
}
