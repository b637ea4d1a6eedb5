/**
 * Batches of searches and scores: a resumable store, a pool for this machine, a queue for many.
 * @packageDocumentation
 */
export { type BatchEstimate, estimateBatch, type TaskEstimate } from './estimate.js';
export type { BatchEvent, BatchListener } from './events.js';
export { csvLines, type JobFields, jobFields, jsonLines, resultOf } from './export.js';
export { LOG_LEVELS, type LogLevel, openLog } from './log.js';
export type { WorkerOptions, WorkerSummary } from './queue/worker.js';
export { type BatchSummary, LOG_FILE, type RunBatchOptions, runBatch } from './run-batch.js';
export { runWorker } from './run-worker.js';
export {
  type BatchStatus,
  type JobRow,
  type JobStatus,
  type RowFilter,
  STORE_FILE,
  type StatusCounts,
  StoreReader,
  type TaskStatus,
} from './store/reader.js';
export { BatchStore, type Changed } from './store/store.js';
export { methodOf, type ScoreTask, type SearchTask, type Task, type TaskMetric } from './tasks.js';
