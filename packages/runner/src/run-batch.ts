import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@tenas/base';
import { SpecDatasets } from './datasets.js';
import { TaskCosts, UnitEvaluator } from './evaluate.js';
import type { BatchListener } from './events.js';
import { LocalPool } from './local-pool.js';
import { type LogLevel, openLog } from './log.js';
import { planBatch } from './plan.js';
import { PlugIns } from './plug-ins.js';
import { type Shard, shardText } from './shard.js';
import { readSpec } from './spec/read-spec.js';
import { CrashMark } from './store/crash-mark.js';
import { BatchStore } from './store/store.js';
import { resultsVersion } from './tasks.js';

/** Name of the log in a batch's folder: one JSON document per line. */
export const LOG_FILE = 'batch.log';

/** Where and how to run a batch. */
export interface RunBatchOptions {
  /** Path of the spec. */
  readonly spec: string;
  /** Folder of the store; made where it is missing. */
  readonly out: string;
  /** URL of a Redis server: its workers evaluate, not this process. */
  readonly queue?: string;
  /** Shared with the workers of the queue: signs jobs, and only signed answers are taken. Default: nothing is signed. */
  readonly secret?: string | undefined;
  /** Default: all of the machine's. */
  readonly threads?: number;
  /** Only a shard of the jobs. Default: all. */
  readonly shard?: Shard | undefined;
  readonly signal?: AbortSignal;
  /** Level of `batch.log` in the folder; default `info`, one line per job. */
  readonly logLevel?: LogLevel;
  readonly onEvent?: BatchListener;
  /** Loads the files that the spec names. Default: files find the packages that this one has. */
  readonly plugIns?: PlugIns | undefined;
}

/** How a run ended. Plain data, for machines. */
export interface BatchSummary {
  readonly spec: string;
  readonly out: string;
  /** The shard of the spec that was asked for, as `2/7`; absent: all of it. */
  readonly shard?: string | undefined;
  /** Jobs of the spec, or of the shard, by state. `skipped`: done before this run. */
  readonly jobs: {
    readonly total: number;
    readonly done: number;
    readonly failed: number;
    readonly waiting: number;
    readonly skipped: number;
  };
  /** Evaluations that this run stored. */
  readonly evaluations: number;
  readonly seconds: number;
  /** Jobs that this run finished, a second. */
  readonly jobsPerSecond: number;
  /** Largest memory of the process, in bytes. */
  readonly peakMemory: number;
  readonly interrupted: boolean;
}

/**
 * Runs everything that a spec asks for and the store in `out` does not hold: on this machine, or by the workers of a
 * queue.
 * @returns also when interrupted through the signal: what was done is stored. Interrupted while it plans, it throws the
 * signal's reason
 * @throws TenasError `SPEC_INVALID`; `PLUG_IN_CHANGED` where a file of the spec changed since the batch began;
 * `STORE_LOCKED`, `OUTPUT_NO_SPACE` and others of the store; those of datasets; `QUEUE_UNREACHABLE`, `QUEUE_REFUSED`
 */
export async function runBatch(options: RunBatchOptions): Promise<BatchSummary> {
  const started = performance.now();
  const read = await readSpec(options.spec);
  const signal = options.signal ?? new AbortController().signal;
  const threads = options.threads ?? availableParallelism();
  await using datasets = new SpecDatasets(read);
  const queue = options.queue === undefined ? null : await openQueue(options.queue, options.secret);
  const tasks = await planBatch(read, { datasets, plugIns: options.plugIns ?? new PlugIns() });
  const catalog = datasets.catalog();
  await makeFolder(options.out);
  using store = new BatchStore(options.out);
  const { jobs: total, added } = await store.addPlan(read.text, tasks, { shard: options.shard, signal });
  const before = store.counts();
  const skipped = before.jobs.done ?? 0;
  let evaluations = 0;
  using log = openLog(
    join(options.out, LOG_FILE),
    options.logLevel ?? 'info',
    { pid: process.pid },
    queue?.server.scrub,
  );
  const onEvent: BatchListener = (event) => {
    log.event(event);
    if (event.kind === 'advance' && event.status === 'done') evaluations += event.changed.units;
    options.onEvent?.(event);
  };
  onEvent({
    kind: 'start',
    jobs: total,
    added,
    done: skipped,
    failed: before.jobs.failed ?? 0,
    units: before.units.pending ?? 0,
    unitsOf: store.waitingByKind(),
    threads: queue === null ? threads : null,
  });
  for (const message of otherVersions(store)) onEvent({ kind: 'note', level: 'warn', message });
  const costs = new TaskCosts(catalog);
  for (const { task } of tasks) await costs.prepare(task);
  store.countAdded(costs.of);
  const { attempts } = read.spec;
  if (queue === null) {
    using evaluator = new UnitEvaluator(catalog, (message) =>
      onEvent({ kind: 'note', level: 'warn', message }),
    );
    const { out: folder } = options;
    using _mark = new CrashMark(folder);
    await new LocalPool({ store, evaluator, costs, folder, threads, attempts, signal, onEvent }).run();
  } else {
    const { QueueCoordinator, server, signer } = queue;
    const { out: folder } = options;
    await new QueueCoordinator({ store, costs, folder, server, signer, attempts, signal, onEvent }).run();
  }
  // The disk may have damaged meanwhile what a summary would call done.
  if (evaluations > 0) store.requireSound();
  const after = store.counts();
  const [done, failed] = [after.jobs.done ?? 0, after.jobs.failed ?? 0];
  const seconds = (performance.now() - started) / 1000;
  const summary: BatchSummary = {
    spec: options.spec,
    out: options.out,
    ...(options.shard === undefined ? {} : { shard: shardText(options.shard) }),
    jobs: { total, done, failed, waiting: total - done - failed, skipped },
    evaluations,
    seconds,
    jobsPerSecond: (done - skipped) / seconds,
    peakMemory: process.resourceUsage().maxRSS * 1024,
    interrupted: signal.aborted,
  };
  log.logger.info(summary, signal.aborted ? 'batch interrupted' : 'batch ends');
  return summary;
}

/** Says that results of other versions of tenas stay in the store and do not count. */
function otherVersions(store: BatchStore): string[] {
  const own = resultsVersion();
  const others = [...new Set(store.tasks().map(({ results }) => results))].filter((one) => one !== own);
  return others.map(
    (version) =>
      `results of ${version} stay in the store but do not count for this version, ${own}; \`tenas batch gc\` removes those that the spec does not ask for`,
  );
}

/** Loads what speaks to a queue, and sees that the server answers. */
async function openQueue(url: string, secret: string | undefined) {
  const { parseRedisUrl } = await import('./queue/redis-url.js');
  const { checkRedis } = await import('./queue/redis-connection.js');
  const { QueueSigner } = await import('./queue/signing.js');
  const server = parseRedisUrl(url);
  const signer = new QueueSigner(secret);
  await checkRedis(server);
  const { QueueCoordinator } = await import('./queue/coordinator.js');
  return { server, signer, QueueCoordinator };
}
