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
export {
  AGGREGATIONS,
  type Aggregation,
  aggregateConditionNumbers,
  CONDITION_NUMBER_CAP,
} from './list/aggregation.js';
export { conditionOutcome, NTK_FAILURES, type NtkFailure, type NtkOutcome } from './list/condition-number.js';
export { DEFAULT_METRICS, DEFAULT_OBJECTIVE } from './list/index.js';
export { macs } from './list/macs.js';
export { NTK_MODES, type NtkMode, type NtkSettings, ntk } from './list/ntk.js';
export { params } from './list/params.js';
export { referenceMetric } from './list/reference-names.js';
export { type RegionSettings, regions } from './list/regions.js';
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
