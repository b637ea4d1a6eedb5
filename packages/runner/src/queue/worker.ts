import { clip, plural, TenasError } from '@tenas/base';
import type { PlugInReference } from '@tenas/records';
import {
  type WorkerOptions as BullWorkerOptions,
  type Job,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq';
import type { Logger } from 'pino';
import { atMost } from '../deadline.js';
import { localIsa, thisWorker, UnitEvaluator } from '../evaluate.js';
import { isFinal, retryPause, unitFailure } from '../failures.js';
import { describe } from '../local-pool.js';
import { checkPlugIns } from '../plug-in-check.js';
import { resultsVersion, type SearchTask, type TrainTask } from '../tasks.js';
import { epochsOf } from '../training/epochs-of.js';
import { WorkerDatasets } from '../worker-datasets.js';
import { WORKER_UNFIT } from './ending.js';
import { JobReader, turnOf, versionSkew } from './job-reader.js';
import { clippedFailure, type WireJob, type WireReport, type WireResult } from './messages.js';
import { NO_VERSION_CHECK } from './queues.js';
import { checkRedis } from './redis-connection.js';
import { parseRedisUrl, type RedisServer } from './redis-url.js';
import { ScoreBatcher } from './score-batcher.js';
import { isPassing } from './server-errors.js';
import { ServerLink } from './server-link.js';
import { SharedWork } from './shared-work.js';
import { Shift, type ShiftLimits } from './shift.js';
import { QueueSigner } from './signing.js';
import { ThreadShares } from './thread-shares.js';
import { UnverifiedJobs } from './unverified-jobs.js';
import { Membership, PREFIX, QUEUES, WORK_KINDS, type WorkKind } from './wire.js';
import { WireFiles } from './wire-files.js';
import { workerBackend } from './worker-backend.js';

/** Where and how to work. */
export interface WorkerOptions {
  readonly queue: string;
  /** Shared with the coordinators: signs answers, and only signed jobs are taken. Default: nothing is signed. */
  readonly secret?: string | undefined;
  /** Threads to keep busy: so many searches and trainings at once, or one request of scores. */
  readonly threads: number;
  /** Folder of each dataset, by its name. */
  readonly data: ReadonlyMap<string, string>;
  /** Plug-ins from files, registered in this process. Default: none. Jobs that need others are refused. */
  readonly plugins?: readonly PlugInReference[] | undefined;
  /** Seconds after which the jobs of a worker that vanished are given to others. */
  readonly stallSeconds: number;
  /** When to end without being stopped. Default: never. */
  readonly limits?: ShiftLimits | undefined;
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
/** A job whose workers vanished more often has failed: it may be what makes them vanish. */
const MOST_STALLS = 19;
/** Milliseconds between two reports of how far a training is, at least. */
const EPOCH_REPORTS = 1000;
/** Milliseconds that a report before a job may take. */
const REPORT = 5000;
/** Milliseconds that leaving may take. */
const LEAVE = 1500;

/** The work of `runWorker`. */
export async function workForQueue(options: WorkerOptions): Promise<WorkerSummary> {
  const server = parseRedisUrl(options.queue);
  const signer = new QueueSigner(options.secret);
  await using datasets = new WorkerDatasets(options.data);
  await checkRedis(server);
  return await new QueueWorker(options, { server, signer, datasets }).run();
}

/** What a job comes to, before it is signed. */
type WorkResult = Pick<WireResult, 'result' | 'seconds' | 'weights'>;

class QueueWorker {
  readonly #options: WorkerOptions;
  readonly #signer: QueueSigner;
  readonly #datasets: WorkerDatasets;
  readonly #version = resultsVersion();
  /** Aborted with the caller's signal, and when this worker must not go on. */
  readonly #stop = new AbortController();
  readonly #evaluator: UnitEvaluator;
  readonly #shares: ThreadShares;
  readonly #running = new SharedWork<WorkResult>();
  readonly #batcher: ScoreBatcher;
  readonly #link: ServerLink;
  readonly #members: Membership;
  readonly #jobs: JobReader;
  readonly #files: WireFiles;
  readonly #shift: Shift;
  readonly #unverified: UnverifiedJobs;
  readonly #workers: Worker[] = [];
  #enough = false;
  #done = 0;
  #failed = 0;

  constructor(
    options: WorkerOptions,
    {
      server,
      signer,
      datasets,
    }: { readonly server: RedisServer; readonly signer: QueueSigner; readonly datasets: WorkerDatasets },
  ) {
    this.#options = options;
    this.#signer = signer;
    this.#datasets = datasets;
    this.#evaluator = new UnitEvaluator(datasets, options.onNote);
    this.#shares = new ThreadShares(options.threads);
    this.#batcher = new ScoreBatcher(this.#evaluator, this.#shares, this.#stop.signal);
    const onNote = (_: 'info' | 'warn', message: string) => options.onNote(message);
    this.#link = new ServerLink({ server, signal: this.#stop.signal, onNote });
    const { refusals } = this.#link;
    const member = { version: this.#version, name: thisWorker, threads: options.threads };
    const redis = this.#link.connect('messages');
    this.#members = new Membership({ redis, role: 'workers', member, signer, refusals });
    this.#jobs = new JobReader({ version: this.#version, signer, refusals, members: this.#members });
    this.#files = new WireFiles({ redis: this.#link.connect('files'), signer, refusals });
    const isConnected = () => !this.#link.isTroubled;
    this.#shift = new Shift(options.limits ?? {}, isConnected, (why) => {
      this.#enough = true;
      options.onNote(`ends: ${why}`);
      this.#stop.abort(new Error(why));
    });
    this.#unverified = new UnverifiedJobs({
      rest: () => Promise.all(this.#workers.map((worker) => worker.pause(true))),
      resume: () => {
        for (const worker of this.#workers) worker.resume().catch(this.#link.trouble);
      },
      signal: this.#stop.signal,
    });
  }

  async run(): Promise<WorkerSummary> {
    const started = performance.now();
    const { signal } = this.#options;
    const onAbort = () => this.#stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    const workers = this.#workers;
    try {
      while (!(await this.#link.speak(() => this.#meet())));
      this.#options.onNote(
        `works for ${this.#link.server.shown} on ${plural(this.#options.threads, 'thread')}`,
      );
      for (const kind of WORK_KINDS) workers.push(this.#open(kind));
      this.#shift.start(this.#options.onNote);
      await new Promise<void>((resolve) => {
        if (this.#stop.signal.aborted) resolve();
        this.#stop.signal.addEventListener('abort', () => resolve());
      });
      if (!signal.aborted && !this.#enough) throw this.#stop.signal.reason;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#shift[Symbol.dispose]();
      const leave = async () => {
        await Promise.all(workers.map((worker) => worker.close()));
        await this.#members.leave();
      };
      await atMost(LEAVE, leave());
      for (const worker of workers) worker.disconnect().catch(() => undefined);
      this.#link.end();
      this.#evaluator[Symbol.dispose]();
    }
    return { done: this.#done, failed: this.#failed, seconds: (performance.now() - started) / 1000 };
  }

  async #meet(): Promise<void> {
    const coordinators = await this.#members.alive('coordinators');
    const other = coordinators.find(({ version }) => version !== this.#version);
    if (other !== undefined) throw versionSkew(other.name, other.version, this.#version);
    const signing = coordinators.find(({ signs }) => signs);
    if (signing !== undefined && !this.#signer.signs) throw secretMissing(signing.name);
    await this.#members.join();
  }

  #open(kind: WorkKind): Worker<unknown, WireResult> {
    const { threads, stallSeconds } = this.#options;
    const connection = this.#link.connect('messages');
    const process = (job: Job<unknown, WireResult>, token: string | undefined) => this.#take(job, token);
    const options: BullWorkerOptions = {
      connection,
      ...NO_VERSION_CHECK,
      prefix: PREFIX,
      name: thisWorker,
      concurrency: kind === 'score' ? SCORES_PER_THREAD * threads : threads,
      lockDuration: 1000 * stallSeconds,
      stalledInterval: 1000 * stallSeconds,
      maxStalledCount: MOST_STALLS,
      // A result that could not be handed in because the server was gone is handed in when it is back.
      runRetryDelay: 1000,
      settings: { backoffStrategy: retryPause },
    };
    const backend = workerBackend({
      redis: connection,
      signal: this.#stop.signal,
      refusals: this.#link.refusals,
      onTrouble: this.#link.trouble,
      onWorks: this.#link.recovered,
    });
    const worker = new Worker<unknown, WireResult>(QUEUES[kind], process, options, backend);
    worker.on('error', (error) => {
      if (isPassing(error)) this.#link.trouble(error);
      else this.#link.refusals.add('job', this.#link.server.scrub(error.message));
    });
    return worker;
  }

  async #take(job: Job<unknown, WireResult>, token: string | undefined): Promise<WireResult> {
    if (!this.#shift.begin()) return await this.#giveBack(job, token);
    let givenBack = false;
    try {
      return await this.#process(job, token);
    } catch (error) {
      givenBack = error instanceof WaitingError;
      throw error;
    } finally {
      this.#shift.end(givenBack);
    }
  }

  async #process(job: Job<unknown, WireResult>, token: string | undefined): Promise<WireResult> {
    const { logger } = this.#options;
    if (this.#stop.signal.aborted) return await this.#giveBack(job, token);
    const read = await this.#jobs.read(job);
    if (read.kind === 'leave') return await this.#refuse(job, token, read.error);
    if (read.kind === 'unverified') return await this.#passOn(job, token, read.problem);
    this.#unverified.verified();
    const { work } = read;
    const { task, seed, architecture } = work;
    try {
      checkPlugIns(task, this.#options.plugins ?? []);
      if (task.kind === 'train') await this.#datasets.openLabelled(task.dataset);
      else await this.#datasets.open(task.dataset);
    } catch (error) {
      // Synthetic images are everywhere: a job that asks for others is at fault.
      if (task.dataset.name === 'synthetic' && !isPlugInError(error)) throw this.#jobs.invalid(job, error);
      return await this.#refuse(job, token, error);
    }
    const what = describe(task, { seed, architecture });
    if (this.#signer.signs) {
      await atMost(REPORT, this.#report(job, work.turn, { began: this.#members.id }));
    }
    try {
      const result = await this.#evaluate(work, job);
      this.#done++;
      logger.info({ job: job.id, seconds: result.seconds }, `done: ${what}`);
      return result;
    } catch (error) {
      if (this.#stop.signal.aborted) return await this.#giveBack(job, token);
      this.#failed++;
      const failure = clippedFailure(unitFailure(error));
      const { code, message } = failure;
      logger.warn({ job: job.id, code, attempts: job.attemptsMade + 1 }, `failed: ${what}: ${message}`);
      const failed = this.#jobs.failureText(job, failure);
      throw isFinal(failure) ? new UnrecoverableError(failed) : new Error(failed);
    }
  }

  async #evaluate(work: WireJob, job: Job): Promise<WireResult> {
    const answer = { ...(await this.#result(work, job)), isa: localIsa(), worker: thisWorker };
    const { turn } = work;
    return { ...answer, turn, signature: this.#signer.sign('answer', [job.id!, turn], answer) };
  }

  async #result(work: WireJob, job: Job): Promise<WorkResult> {
    const about = JSON.stringify([work.task, work.seed, work.architecture]);
    return await this.#running.of(job.id!, about, () => this.#compute(work, job));
  }

  async #compute({ task, seed, architecture, turn }: WireJob, job: Job): Promise<WorkResult> {
    if (task.kind === 'score') {
      const score = await this.#batcher.score(task, seed, architecture!);
      return { result: JSON.stringify(score), seconds: score.seconds };
    }
    return await this.#shares.use(1, () =>
      task.kind === 'search'
        ? this.#search(task, seed)
        : this.#train(task, { key: job.id!, seed, architecture: architecture! }, { job, turn }),
    );
  }

  async #search(task: SearchTask, seed: number) {
    const started = performance.now();
    const record = await this.#evaluator.search(task, seed, { threads: 1, signal: this.#stop.signal });
    return { result: JSON.stringify(record), seconds: (performance.now() - started) / 1000 };
  }

  async #train(
    task: TrainTask,
    unit: { readonly key: string; readonly seed: number; readonly architecture: string },
    { job, turn }: { readonly job: Job; readonly turn: string },
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
          this.#report(job, turn, { done, epochs: task.epochs }).catch(() => undefined);
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

  /**
   * This worker cannot do what others may: it says so, gives the job back and leaves. Where no coordinator is there, the
   * job fails alone: anybody can have put it there. A coordinator that comes later gives it again.
   */
  async #refuse(job: Job, token: string | undefined, error: unknown): Promise<never> {
    const failure = clippedFailure(unitFailure(error));
    const turn = turnOf(job);
    if (turn === undefined || (await this.#members.alive('coordinators')).length === 0) {
      this.#link.refusals.add('job', failure.message);
      const message = `${failure.code}: ${failure.message}`;
      throw new UnrecoverableError(this.#jobs.failureText(job, { code: WORKER_UNFIT, message }));
    }
    await this.#report(job, turn, { refused: `worker ${thisWorker} left: ${failure.message}` });
    const back = this.#giveBack(job, token);
    this.#stop.abort(error);
    return await back;
  }

  /** The job goes back unharmed for those who can verify it. */
  async #passOn(job: Job, token: string | undefined, problem: string): Promise<never> {
    const leave = this.#unverified.met(problem, this.#signer.signs);
    const advice = 'it goes back for others, and this worker pauses; check TENAS_QUEUE_SECRET';
    this.#link.refusals.add('unsigned', `job ${clip(String(job.id))}: ${problem}; ${advice}`);
    const back = this.#giveBack(job, token);
    if (leave !== null) this.#stop.abort(leave);
    return await back;
  }

  async #report(
    job: Job,
    turn: string,
    said:
      | { readonly refused: string }
      | { readonly began: string }
      | { readonly done: number; readonly epochs: number },
  ): Promise<void> {
    const signature = this.#signer.sign('report', [job.id!, turn], said);
    await job.updateProgress({ ...said, turn, signature } satisfies WireReport);
  }
}

function isPlugInError(error: unknown): boolean {
  return unitFailure(error).code.startsWith('PLUG_IN_');
}

function secretMissing(name: string): TenasError {
  return new TenasError(
    'QUEUE_SIGNED',
    `the coordinator ${name} signs its jobs; set TENAS_QUEUE_SECRET to the same secret here`,
    { field: 'TENAS_QUEUE_SECRET' },
  );
}
