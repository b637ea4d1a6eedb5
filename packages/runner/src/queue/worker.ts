import { TenasError } from '@tenas/base';
import { abortable } from '@tenas/metrics';
import type { PlugInReference } from '@tenas/records';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { atMost } from '../deadline.js';
import { localIsa, thisWorker, UnitEvaluator } from '../evaluate.js';
import { isFinal, unitFailure } from '../failures.js';
import { describe } from '../local-pool.js';
import { checkPlugIns } from '../plug-in-check.js';
import { resultsVersion, type SearchTask, type TrainTask } from '../tasks.js';
import { epochsOf } from '../training/epochs-of.js';
import { WorkerDatasets } from '../worker-datasets.js';
import {
  readJob,
  versionOf,
  type WireEpoch,
  type WireJob,
  type WireRefusal,
  type WireResult,
} from './messages.js';
import { checkRedis, connectRedis, parseRedisUrl, type RedisServer } from './redis-url.js';
import { ScoreBatcher } from './score-batcher.js';
import { ThreadShares } from './thread-shares.js';
import { isWhole, Membership, PREFIX, QUEUES, WORK_KINDS, type WorkKind } from './wire.js';
import { WireFiles } from './wire-files.js';

/** Where and how to work. */
export interface WorkerOptions {
  readonly queue: string;
  /** Threads to keep busy: so many searches and trainings at once, or one request of scores. */
  readonly threads: number;
  /** Folder of each dataset, by its name. */
  readonly data: ReadonlyMap<string, string>;
  /** Plug-ins from files, registered in this process. Default: none. Jobs that need others are refused. */
  readonly plugins?: readonly PlugInReference[] | undefined;
  /** Seconds after which the jobs of a worker that vanished are given to others. */
  readonly stallSeconds: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onNote: (message: string) => void;
}

/** Summary of a worker's run. */
export interface WorkerSummary {
  readonly done: number;
  readonly failed: number;
  readonly seconds: number;
}

/** Scores taken at once for each thread: they are evaluated together. */
const SCORES_PER_THREAD = 32;
/** A job whose workers vanished so often has failed: it may be what makes them vanish. */
const MOST_STALLS = 8;
/** Milliseconds between two reports of how far a training is, at least. */
const EPOCH_REPORTS = 1000;
/** Milliseconds that leaving may take. */
const LEAVE = 1500;

/** The work of `runWorker`. */
export async function workForQueue(options: WorkerOptions): Promise<WorkerSummary> {
  const server = parseRedisUrl(options.queue);
  await using datasets = new WorkerDatasets(options.data);
  await checkRedis(server);
  return await new QueueWorker(options, server, datasets).run();
}

class QueueWorker {
  readonly #options: WorkerOptions;
  readonly #server: RedisServer;
  readonly #datasets: WorkerDatasets;
  readonly #version = resultsVersion();
  /** Aborted with the caller's signal, and when this worker must not go on. */
  readonly #stop = new AbortController();
  readonly #evaluator: UnitEvaluator;
  readonly #shares: ThreadShares;
  readonly #batcher: ScoreBatcher;
  readonly #redis: Redis;
  readonly #files: WireFiles;
  readonly #connections: Redis[] = [];
  #troubled = false;
  #done = 0;
  #failed = 0;

  constructor(options: WorkerOptions, server: RedisServer, datasets: WorkerDatasets) {
    this.#options = options;
    this.#server = server;
    this.#datasets = datasets;
    this.#evaluator = new UnitEvaluator(datasets, options.onNote);
    this.#shares = new ThreadShares(options.threads);
    this.#batcher = new ScoreBatcher(this.#evaluator, this.#shares, this.#stop.signal);
    this.#redis = connectRedis(server, (message) => this.#trouble(message));
    this.#files = new WireFiles(this.#redis);
  }

  async run(): Promise<WorkerSummary> {
    const started = performance.now();
    const { signal } = this.#options;
    const onAbort = () => this.#stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    const redis = this.#redis;
    redis.on('ready', () => {
      if (this.#troubled) this.#options.onNote(`${this.#server.shown} is back`);
      this.#troubled = false;
    });
    const members = new Membership(redis, 'workers', { version: this.#version, name: thisWorker });
    const workers: Worker[] = [];
    try {
      await abortable(this.#meet(members), this.#stop.signal);
      this.#options.onNote(`works for ${this.#server.shown} on ${this.#options.threads} threads`);
      for (const kind of WORK_KINDS) workers.push(this.#open(kind));
      await new Promise<void>((resolve) => {
        if (this.#stop.signal.aborted) resolve();
        this.#stop.signal.addEventListener('abort', () => resolve());
      });
      if (!signal.aborted) throw this.#stop.signal.reason;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      const leave = async () => {
        await Promise.all(workers.map((worker) => worker.close()));
        await members.leave();
      };
      await atMost(LEAVE, leave());
      for (const worker of workers) worker.disconnect().catch(() => undefined);
      for (const connection of [redis, ...this.#connections]) connection.disconnect();
      this.#evaluator[Symbol.dispose]();
    }
    return { done: this.#done, failed: this.#failed, seconds: (performance.now() - started) / 1000 };
  }

  async #meet(members: Membership): Promise<void> {
    const coordinators = await members.alive('coordinators');
    const other = coordinators.find(({ version }) => version !== this.#version);
    if (other !== undefined) throw versionSkew(other.name, other.version, this.#version);
    await members.join();
  }

  #open(kind: WorkKind): Worker<unknown, WireResult> {
    const { threads, stallSeconds } = this.#options;
    const connection = connectRedis(this.#server, (message) => this.#trouble(message));
    this.#connections.push(connection);
    const worker = new Worker<unknown, WireResult>(QUEUES[kind], (job, token) => this.#process(job, token), {
      connection,
      prefix: PREFIX,
      name: thisWorker,
      concurrency: kind === 'score' ? SCORES_PER_THREAD * threads : threads,
      lockDuration: 1000 * stallSeconds,
      stalledInterval: 1000 * stallSeconds,
      maxStalledCount: MOST_STALLS,
      // A result that could not be handed in because the server was gone is handed in when it is back.
      runRetryDelay: 1000,
    });
    worker.on('error', (error) => this.#trouble(this.#server.scrub(error.message)));
    return worker;
  }

  async #process(job: Job<unknown, WireResult>, token: string | undefined): Promise<WireResult> {
    const { logger, plugins = [] } = this.#options;
    if (this.#stop.signal.aborted) return await this.#giveBack(job, token);
    const version = read(job, versionOf);
    if (version !== this.#version) {
      return await this.#refuse(job, token, versionSkew('the coordinator of a job', version, this.#version));
    }
    const work = read(job, readJob);
    if (!isWhole(job.id, work)) {
      throw invalid(`the settings of job ${job.id} are not those that its key was made of`);
    }
    const { task, seed, architecture } = work;
    try {
      checkPlugIns(task, plugins);
      if (task.kind === 'train') await this.#datasets.openLabelled(task.dataset);
      else await this.#datasets.open(task.dataset);
    } catch (error) {
      return await this.#refuse(job, token, error);
    }
    const what = describe(task, { seed, architecture });
    try {
      const result = await this.#evaluate(work, job);
      this.#done++;
      logger.info({ job: job.id, seconds: result.seconds }, `done: ${what}`);
      return result;
    } catch (error) {
      if (this.#stop.signal.aborted) return await this.#giveBack(job, token);
      this.#failed++;
      const { code, message } = unitFailure(error);
      logger.warn({ job: job.id, code, attempts: job.attemptsMade + 1 }, `failed: ${what}: ${message}`);
      const failed = `${code}: ${message}`;
      throw isFinal({ code, message }) ? new UnrecoverableError(failed) : new Error(failed);
    }
  }

  async #evaluate({ task, seed, architecture }: WireJob, job: Job): Promise<WireResult> {
    const answer = { isa: localIsa(), worker: thisWorker };
    if (task.kind === 'score') {
      const score = await this.#batcher.score(task, seed, architecture!);
      return { result: JSON.stringify(score), seconds: score.seconds, ...answer };
    }
    const done = await this.#shares.use(1, () =>
      task.kind === 'search'
        ? this.#search(task, seed)
        : this.#train(task, { key: job.id!, seed, architecture: architecture! }, job),
    );
    return { ...done, ...answer };
  }

  async #search(task: SearchTask, seed: number) {
    const started = performance.now();
    const record = await this.#evaluator.search(task, seed, { threads: 1, signal: this.#stop.signal });
    return { result: JSON.stringify(record), seconds: (performance.now() - started) / 1000 };
  }

  async #train(
    task: TrainTask,
    unit: { readonly key: string; readonly seed: number; readonly architecture: string },
    job: Job,
  ) {
    let reported = Number.NEGATIVE_INFINITY;
    const { record, weights } = await this.#evaluator.train(
      { task, ...unit },
      {
        threads: 1,
        signal: this.#stop.signal,
        checkpoints: this.#files.checkpoints(unit.key),
        onProgress: epochsOf((done) => {
          if (performance.now() - reported < EPOCH_REPORTS) return;
          reported = performance.now();
          // For people alone: nothing depends on its arrival.
          job.updateProgress({ done, epochs: task.epochs } satisfies WireEpoch).catch(() => undefined);
        }),
      },
    );
    const sum = await this.#files.putWeights(unit.key, weights);
    return { result: JSON.stringify(record), seconds: record.seconds, weights: sum };
  }

  /** The job is as before, for another worker; it costs no attempt. */
  async #giveBack(job: Job, token: string | undefined): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError();
  }

  /** This worker cannot do what others may: it says so, gives the job back and leaves. */
  async #refuse(job: Job, token: string | undefined, error: unknown): Promise<never> {
    const { message } = unitFailure(error);
    await job.updateProgress({ refused: `worker ${thisWorker} left: ${message}` } satisfies WireRefusal);
    const back = this.#giveBack(job, token);
    this.#stop.abort(error);
    return await back;
  }

  #trouble(message: string): void {
    if (this.#troubled || this.#stop.signal.aborted) return;
    this.#troubled = true;
    this.#options.onNote(`${this.#server.shown}: ${message}; waiting for it to come back`);
  }
}

/** Content of a job, checked by its schema; a malformed job fails at once. */
function read<T>(job: Job, as: (data: unknown) => T): T {
  try {
    return as(job.data);
  } catch (error) {
    throw invalid(unitFailure(error).message);
  }
}

function invalid(problem: string): UnrecoverableError {
  return new UnrecoverableError(`JOB_INVALID: ${problem}`);
}

function versionSkew(who: string, theirs: string, ours: string): TenasError {
  return new TenasError(
    'VERSION_SKEW',
    `${who} is of version ${theirs}, this worker of ${ours}: results would differ; run the same version of tenas everywhere`,
    { field: 'version', value: theirs },
  );
}
