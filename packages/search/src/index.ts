/**
 * Search: the interface of a strategy, the built-in ones, and the code that runs and records any of them.
 * @packageDocumentation
 */

export {
  type ConstrainedSearch,
  type Constraint,
  recordedConstraints,
  resolveConstraints,
} from './constraints/constraint.js';
export { type ChoiceLoss, FeasibleArchitectures } from './constraints/feasible-architectures.js';
export {
  type AdditivePredictor,
  type LatencyModelName,
  type LatencyPredictor,
  latencyPredictor,
  openLatencyModel,
  type PredictedLatency,
  predictLatency,
} from './constraints/latency-predictor.js';
export type { OptionCosts } from './constraints/option-costs.js';
export { type PartOption, type Parts, partsOf, partsOfSupernet } from './constraints/parts.js';
export * from './definitions.js';
export { distinctArchitectures } from './distinct-architectures.js';
export type { SearchEvent, SearchState } from './events.js';
export { unusedLatencyModel, usesLatency } from './latency-use.js';
export { type ObjectiveSettings, rankedBy } from './objective-settings.js';
export { createEvaluator, type EngineEvaluatorOptions } from './prune/engine-evaluator.js';
export type { DrawNumbers, EvaluationRequest, SupernetEvaluator } from './prune/evaluator.js';
export { overrideSettings, type SettingsOverrides } from './prune/overrides.js';
export { type PlannedRound, planRounds } from './prune/plan.js';
export { PROTOCOLS, protocolSettings } from './prune/protocols/protocols.js';
export type { Protocol } from './prune/protocols/table.js';
export {
  type CandidateChanges,
  type CandidateRanks,
  denseRanks,
  type Ranking,
  rankCandidates,
  roundSignificant,
} from './prune/ranking.js';
export type {
  ChangeAggregation,
  FinalsSettings,
  FinalsStageSettings,
  PruningSettings,
  WeightLifetime,
} from './prune/settings.js';
export { holdsWork, type RecordCopies } from './record-copies.js';
export { requireNeeds } from './require-needs.js';
export { type RunSearchOptions, runSearch } from './run-search.js';
export { SearchFailed, SearchInterrupted, stepsDone } from './search-stopped.js';
export { checkStages } from './shortlist/check-stages.js';
export type {
  ArchitectureStepOptions,
  PathEvaluation,
  PathTraining,
  SupernetToTrain,
  SupernetTrainingOptions,
} from './supernet-training/options.js';
export type {
  ArchitectureOutcome,
  BatchOutcome,
  SupernetSnapshot,
  TrainedPath,
} from './supernet-training/outcomes.js';
export { Paths } from './supernet-training/paths.js';
export { SupernetInTraining } from './supernet-training/supernet-in-training.js';
