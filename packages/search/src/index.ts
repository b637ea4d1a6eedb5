/**
 * The pruning search of TE-NAS under its protocols.
 * @packageDocumentation
 */

export { createEvaluator, type EngineEvaluatorOptions } from './prune/engine-evaluator.js';
export type { DrawNumbers, EvaluationRequest, Evaluator } from './prune/evaluator.js';
export type { BestOps, SearchEvent } from './prune/events.js';
export { type FoundScores, scoreFound } from './prune/found-scores.js';
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
export {
  type CandidateRecord,
  type CompleteRecord,
  type EdgeDecision,
  type EvaluationCounts,
  type FailureCounts,
  type FinalistRecord,
  type FinalsRecord,
  type FinalsStageRecord,
  type InterruptedRecord,
  type KappaValue,
  type MetricSeconds,
  type OperationDecision,
  type RankedCandidateRecord,
  RECORD_VERSION,
  type RoundRecord,
  type SearchRecord,
  type UnfinishedRound,
} from './prune/record.js';
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
