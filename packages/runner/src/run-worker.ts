import type { WorkerOptions, WorkerSummary } from './queue/worker.js';

/**
 * Works for the coordinators of a Redis queue until the signal is aborted; jobs at hand then go back to the queue.
 * @throws TenasError `QUEUE_UNREACHABLE`, `QUEUE_REFUSED`; `QUEUE_SIGNED` where coordinators sign and this
 * worker has no secret; `VERSION_SKEW` if a coordinator is of another version;
 * `DATA_MISSING`, `DATA_MISMATCH` and others if a job's dataset cannot be had, `PLUG_IN_MISSING`, `PLUG_IN_CHANGED` if a job
 * needs a plug-in that this worker lacks or has in another version: the job then goes back, too
 */
export async function runWorker(options: WorkerOptions): Promise<WorkerSummary> {
  // Only those who use a queue load what speaks to one.
  const { workForQueue } = await import('./queue/worker.js');
  return await workForQueue(options);
}
