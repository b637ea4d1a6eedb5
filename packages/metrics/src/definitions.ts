/**
 * The interface of a metric, the built-in ones and their registry, without the evaluator: loads neither datasets nor
 * spaces nor the engine's addon, so that command lines can be read and explained at once. `@tenas/metrics` has all of
 * it too.
 * @packageDocumentation
 */

export { INITS, type Init } from '@tenas/native/definitions';
export {
  type RankedBy,
  RankedPopulation,
  type RankingMetric,
  type ScoredValues,
} from './aggregates/population.js';
export {
  AGGREGATE_RULES,
  type AggregatePreset,
  type AggregateRule,
  MISSING_POLICIES,
  type MissingPolicy,
} from './aggregates/rules.js';
export * from './list/published.js';
export {
  type AnyNetwork,
  type Counted,
  type CountingMetric,
  type Failure,
  type Inputs,
  isCounting,
  isProbing,
  isTraining,
  type Json,
  METRIC_NEEDS,
  type Metric,
  type MetricDescription,
  type MetricNeed,
  NETWORK_ROLES,
  type NetworkRole,
  type Pass,
  type Probed,
  type ProbingMetric,
  type ShortlyTrained,
  type ShortTraining,
  type TrainingMetric,
} from './metric.js';
export { sizeOfRole } from './network-size.js';
export {
  ALL_METRICS,
  type ChosenMetric,
  chooseMetrics,
  expandMetricNames,
  getMetric,
  getPreset,
  listMetrics,
  listPresets,
  type MetricChoice,
  type MetricInfo,
  metricInfo,
  metricsOfPreset,
  presetAmong,
  rankingOf,
  registerMetric,
  standsForSeveral,
} from './registry.js';
export { shortTrainingShape, shortTrainingSize } from './short-training-size.js';
