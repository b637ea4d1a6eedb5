/**
 * The pruning search of TE-NAS under its protocols.
 * @packageDocumentation
 */

export { createEvaluator, type EngineEvaluatorOptions } from './prune/engine-evaluator.js';
export type { DrawNumbers, EvaluationRequest, Evaluator } from './prune/evaluator.js';
export type { BestOps, SearchEvent } from './prune/events.js';
export { scoreFound } from './prune/found-scores.js';
export { SearchInterrupted } from './prune/interrupted.js';
export { type PlannedRound, planRounds } from './prune/plan.js';
export { PROTOCOLS, protocolSettings } from './prune/protocols/protocols.js';
export type { Protocol } from './prune/protocols/table.js';
export { type PruneSearchOptions, pruneSearch, pruning } from './prune/prune-search.js';
export {
  type CandidateChanges,
  type CandidateRanks,
  denseRanks,
  type Ranking,
  rankCandidates,
  roundSignificant,
} from './prune/ranking.js';
export type { CompleteRecord, EvaluationCounts, InterruptedRecord, MetricSeconds } from './prune/record.js';
export {
  type ChangeAggregation,
  checkSettings,
  type FinalsSettings,
  type FinalsStageSettings,
  overrideSettings,
  type PruningSettings,
  type SettingsOverrides,
  type WeightLifetime,
} from './prune/settings.js';
export type { SearchStrategy, StrategyOptions, StrategyRecord } from './strategy.js';
