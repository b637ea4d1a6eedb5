/**
 * Metrics: what a metric is, the known ones, and the evaluator that serves several by one pass or one short training.
 * @packageDocumentation
 */
export type { Device } from '@tenas/native';
export * from './definitions.js';
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
export { DIVERGED, NOT_FINITE, type Score, type Scores } from './evaluator/scores.js';
