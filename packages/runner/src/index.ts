/**
 * Batches of searches, scores and trainings: a resumable store, a pool for this machine, a queue for many.
 * @packageDocumentation
 */

export type { ExportedAggregates } from './aggregate-columns.js';
export { changesOf } from './changed-settings.js';
export { type BatchEstimate, estimateBatch, type TaskEstimate } from './estimate.js';
export type { BatchEvent, BatchListener } from './events.js';
export {
  csvLines,
  type JobFields,
  jobFields,
  jsonLines,
  metricsOf,
} from './export.js';
export { isolateFailures } from './failures.js';
export { LOG_LEVELS, type LogLevel, openLog } from './log.js';
export type { ShiftLimits } from './queue/shift.js';
export type { WorkerOptions, WorkerSummary } from './queue/worker.js';
export { type JobResult, resultOf } from './result.js';
export { type BatchSummary, LOG_FILE, type RunBatchOptions, runBatch } from './run-batch.js';
export { runWorker } from './run-worker.js';
export { parseShard, type Shard, shardText } from './shard.js';
export type { DamagedRow, StoreDamage } from './store/damage.js';
export { type MendedStore, mendStore } from './store/mend.js';
export { type MergedStore, mergeStores } from './store/merge.js';
export { existingStore, isWorkedOn, STORE_FILE, verifyStore } from './store/open.js';
export {
  type BatchStatus,
  type JobRow,
  type JobStatus,
  type RowFilter,
  type StatusCounts,
  StoreReader,
  type TaskStatus,
} from './store/reader.js';
export { BatchStore } from './store/store.js';
export type { Changed } from './store/units.js';
export {
  methodOf,
  type ScoreTask,
  type SearchTask,
  TASK_KINDS,
  type Task,
  type TaskMetric,
  type TrainTask,
} from './tasks.js';
