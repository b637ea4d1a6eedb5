/**
 * Training-free metrics: the condition number of the neural tangent kernel and the number of linear regions.
 * @packageDocumentation
 */
export type { Device } from '@tenas/native';

import { linearRegions } from './linear-regions.js';
import { ntk } from './ntk.js';

export { abortable } from './abortable.js';
export {
  AGGREGATIONS,
  type Aggregation,
  aggregateConditionNumbers,
  CONDITION_NUMBER_CAP,
} from './aggregation.js';
export {
  type ArchitectureScore,
  ArchitectureScorer,
  type ScoreOptions,
  type ScorerOptions,
  scoreArchitecture,
} from './architecture-scorer.js';
export { conditionOutcome, NTK_FAILURES, type NtkFailure, type NtkOutcome } from './condition-number.js';
export { type EngineInfo, engineInfo } from './engine-info.js';
export {
  evaluateRegions,
  linearRegions,
  type RegionMeasurement,
  type RegionSettings,
} from './linear-regions.js';
export {
  type Draw,
  drawsOf,
  type Evaluable,
  evaluateMetric,
  INITIALISATIONS,
  type Initialisation,
  type Metric,
  type MetricNetwork,
  type MetricRequest,
  type MetricResult,
  readInputs,
} from './metric.js';
export { evaluateNtk, NTK_MODES, type NtkMeasurement, type NtkMode, type NtkSettings, ntk } from './ntk.js';
export { Programs } from './programs.js';

/** All metrics. */
export const metrics = { ntk, linearRegions } as const;
