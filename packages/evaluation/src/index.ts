/**
 * How well training-free scores rank architectures, judged by the accuracies of the trained networks.
 * @packageDocumentation
 */

export type { AccuracyScale } from './accuracy-cells.js';
export {
  type AccuracyOptions,
  type AccuracyTable,
  type Duplicates,
  readAccuracies,
  type Target,
} from './accuracy-table.js';
export {
  type ArchitectureCells,
  architectureCells,
  type CellsOptions,
  canNameArchitectures,
} from './architecture-cells.js';
export { architectureIn, type NamedArchitecture } from './architectures.js';
export {
  type BuildOptions,
  type BuiltTable,
  buildAccuracyTable,
  type SkippedEntry,
} from './benchmark/build-table.js';
export type { SourceOptions } from './benchmark/read-source.js';
export type { Estimate } from './bootstrap.js';
export { type Combination, combinationsOf, combinedValues } from './combinations.js';
export { type CompareOptions, compareBatches } from './compared-batches/compare-batches.js';
export type { ComparedBatch, ComparedJob, ComparedSetting } from './compared-batches/compared-batch.js';
export { kendallTauB, type OrderedPair, orderedPair, spearmanRho } from './correlation.js';
export { type EvaluateOptions, evaluateScores } from './evaluate.js';
export { type IndexTable, readIndexTable } from './index-table.js';
export type { ColumnMetric } from './judged-columns.js';
export { type Ordering, orderingOf, ranksFromBest, unitWeights } from './ranks.js';
export {
  readScores,
  type ScoredArchitecture,
  type ScoreMetric,
  type ScoreOptions,
  type Scores,
  spacesOfScores,
} from './scores.js';
export { type ExpectedBest, expectedBest, type TieGroups, type TopK, tieGroups, topK } from './selection.js';
export { RowSieve, type SkippedRow } from './skipped-rows.js';
