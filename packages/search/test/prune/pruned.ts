import type { CompleteSearch, InterruptedSearch, PruneDetail } from '@tenas/records';
import type { Domain } from '@tenas/spaces';
import {
  type Protocol,
  type PruningSettings,
  prune,
  pruning,
  type RunSearchOptions,
  runSearch,
  SearchInterrupted,
  type SettingsOverrides,
  type SupernetEvaluator,
} from '../../src/index.js';

/** What tests say of a pruning search. */
export interface PruneOptions
  extends Pick<
    RunSearchOptions,
    'space' | 'source' | 'seed' | 'threads' | 'engine' | 'isa' | 'signal' | 'onProgress' | 'before'
  > {
  readonly protocol?: Protocol | undefined;
  readonly settings?: SettingsOverrides | undefined;
  readonly active?: Domain | undefined;
  /** Default: the native engine. */
  readonly evaluator?: SupernetEvaluator | undefined;
}

/** What the records of pruning searches hold beyond those of any. */
interface Pruned {
  readonly settings: PruningSettings;
  readonly evaluations: { readonly ntk: number; readonly regions: number };
}

/** The record of a pruning search that found an architecture. */
export type CompleteRecord = CompleteSearch<PruneDetail> & Pruned;

/** The record of a pruning search that was stopped. */
export type InterruptedRecord = InterruptedSearch<PruneDetail> & Pruned;

/** A pruning search, without scores of what it finds. */
export async function pruneSearch(options: PruneOptions): Promise<CompleteRecord> {
  const { protocol, settings, active, evaluator, ...others } = options;
  const record = await runSearch({
    ...others,
    strategy: evaluator === undefined ? prune : pruning(() => evaluator),
    metrics: [],
    settings: { protocol, active, ...settings },
  });
  return record as CompleteRecord;
}

/** The record that a stopped search left. */
export function recordOf(error: unknown): InterruptedRecord {
  if (!(error instanceof SearchInterrupted)) throw error;
  return error.record as InterruptedRecord;
}
