/**
 * The pruning search of TE-NAS under its protocols.
 * @packageDocumentation
 */

export { createEvaluator, type EngineEvaluatorOptions } from './engine-evaluator.js';
export type { DrawNumbers, EvaluationRequest, Evaluator } from './evaluator.js';
export type { BestOps, SearchEvent } from './events.js';
export { type FoundScores, scoreFound } from './found-scores.js';
export { SearchInterrupted } from './interrupted.js';
export { type PlannedRound, planRounds } from './plan.js';
export { PROTOCOLS, type Protocol, protocolSettings } from './protocols.js';
export { type PruneSearchOptions, pruneSearch, pruning } from './prune-search.js';
export {
  type CandidateChanges,
  type CandidateRanks,
  denseRanks,
  type Ranking,
  rankCandidates,
  roundSignificant,
} from './ranking.js';
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
} from './record.js';
export {
  type ChangeAggregation,
  checkSettings,
  type FinalsSettings,
  type FinalsStageSettings,
  overrideSettings,
  type PruningSettings,
  type SettingsOverrides,
  type WeightLifetime,
} from './settings.js';
export type { SearchStrategy, StrategyOptions, StrategyRecord } from './strategy.js';
