/**
 * Training-free metrics: what a metric is, the known ones, and the evaluator that serves several by one pass.
 * @packageDocumentation
 */
export { type Device, INITS as INITIALISATIONS, type Init as Initialisation } from '@tenas/native';
export { abortable } from './evaluator/abortable.js';
export { type Draw, drawsOf } from './evaluator/draws.js';
export { type EngineInfo, engineInfo } from './evaluator/engine-info.js';
export type { EngineOptions } from './evaluator/engine-options.js';
export {
  type AnswersRequest,
  type ArchitectureScore,
  Evaluator,
  type EvaluatorOptions,
  type RunOptions,
} from './evaluator/evaluator.js';
export type { RoleSizes, ScoredSpace } from './evaluator/networks.js';
export { NOT_FINITE, type Score, type Scores } from './evaluator/scores.js';
export * from './list/published.js';
export {
  type Counted,
  type CountingMetric,
  type Failure,
  type Inputs,
  isProbing,
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
} from './metric.js';
export {
  type ChosenMetric,
  chooseMetrics,
  getMetric,
  listMetrics,
  type MetricChoice,
  type MetricInfo,
  metricInfo,
  registerMetric,
} from './registry.js';
