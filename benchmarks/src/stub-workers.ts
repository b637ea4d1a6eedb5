import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BEAT,
  PREFIX,
  parseRedisUrl,
  QUEUES,
  QueueSigner,
  readJob,
  resultsVersion,
  type StoredMember,
  signedPart,
  type WireJob,
  type WireResult,
  type WorkKind,
} from '@tenas/runner/queue-protocol';
import { type Job, Worker } from 'bullmq';
import { Redis } from 'ioredis';

export interface StubWorkersOptions {
  /** Of the Redis server. */
  readonly url: string;
  /** Signs answers, and jobs must be signed; absent: nothing is. */
  readonly secret?: string | undefined;
  readonly kind: Extract<WorkKind, 'score' | 'search'>;
  readonly workers: number;
  /** How long a worker has a job. */
  readonly jobSeconds: number;
  /** Nobody answers before so many workers have a job at the same time. */
  readonly together?: number | undefined;
  /** The record of one true job of this kind, as JSON: answers are this with the seed and architecture of theirs. */
  readonly record: string;
  readonly isa: string;
}

/** Jobs that are fetched at the same time. */
const MOST_FETCHES = 200;
/** Milliseconds between two rounds of signs of life. */
const ROUND = 100;

/** Speaks to the queue as a worker of BullMQ does, for many of them. */
class SharedWorker extends Worker<unknown, WireResult> {
  /** Hands an answer in. @returns the next job, which the same command takes */
  async complete(job: Job<unknown, WireResult>, answer: WireResult, token: string) {
    const [data, id] = (await job.moveToCompleted(answer, token, true)) ?? [];
    return await this.nextJobFromJobData(data, id, token);
  }
}

/**
 * Many workers of a queue in one process: each takes one job, has it for a while and answers with a valid record through
 * the real messages, scripts and signatures. They share connections, and evaluate nothing. Each shows signs of life as
 * a worker does.
 */
export class StubWorkers implements AsyncDisposable {
  readonly #options: StubWorkersOptions;
  readonly #signer: QueueSigner;
  readonly #version = resultsVersion();
  readonly #redis: Redis;
  readonly #worker: SharedWorker;
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #idle: string[];
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];
  /** Called when a worker has become idle. */
  #woken: () => void = () => undefined;
  #done = 0;
  /** Workers that have a job now, and the most that had one at the same time. */
  #active = 0;
  #mostActive = 0;
  /** Called when enough workers have a job for the first answer. */
  #openGate: () => void = () => undefined;
  readonly #gate = new Promise<void>((resolve) => {
    this.#openGate = resolve;
  });
  /** Seconds that workers had jobs. */
  #busy = 0;
  #failure: unknown;

  constructor(options: StubWorkersOptions) {
    this.#options = options;
    this.#signer = new QueueSigner(options.secret);
    this.#record = JSON.parse(options.record);
    const { address } = parseRedisUrl(options.url);
    this.#redis = new Redis({ ...address, maxRetriesPerRequest: null });
    this.#redis.on('error', () => undefined);
    const connection = this.#redis;
    const how = { connection, prefix: PREFIX, autorun: false, lockDuration: 60_000 };
    this.#worker = new SharedWorker(QUEUES[options.kind], null, how);
    this.#worker.on('error', () => undefined);
    // Everybody waits for it.
    setMaxListeners(0, this.#stop.signal);
    this.#idle = Array.from({ length: options.workers }, (_, index) => `stub:${index}`);
    this.#loops = [this.#work(), this.#live()].map((loop) =>
      loop.catch((error: unknown) => {
        // What is under way when they are stopped fails with the connection.
        if (this.#stop.signal.aborted) return;
        this.#failure ??= error;
        this.#stop.abort();
      }),
    );
  }

  /** Jobs that were answered. */
  get done(): number {
    return this.#done;
  }

  /** The most workers that had a job at the same time. */
  get mostActive(): number {
    return this.#mostActive;
  }

  /** Seconds that workers had jobs, all together. */
  get busySeconds(): number {
    return this.#busy;
  }

  /** Gives jobs to idle workers for as long as there are any. */
  async #work(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const tokens = this.#idle.splice(0, MOST_FETCHES);
      if (tokens.length === 0) {
        await new Promise<void>((resolve) => {
          this.#woken = resolve;
        });
        continue;
      }
      const jobs = await Promise.all(tokens.map((token) => this.#worker.getNextJob(token, { block: false })));
      const empty = jobs.every((job) => job === undefined);
      for (const [index, job] of jobs.entries()) {
        if (job === undefined) this.#idle.push(tokens[index]!);
        else void this.#turn(job, tokens[index]!);
      }
      if (!empty || signal.aborted) continue;
      const token = this.#idle.pop()!;
      const job = await this.#worker.getNextJob(token);
      if (job === undefined) this.#idle.push(token);
      else void this.#turn(job, token);
    }
  }

  /** The jobs of one worker, until there are no more. */
  async #turn(first: Job<unknown, WireResult>, token: string): Promise<void> {
    const { jobSeconds } = this.#options;
    const { signal } = this.#stop;
    this.#active++;
    this.#mostActive = Math.max(this.#mostActive, this.#active);
    if (this.#active >= (this.#options.together ?? 0)) this.#openGate();
    try {
      await this.#gate;
      let job: Job<unknown, WireResult> | undefined = first;
      while (job !== undefined && !signal.aborted) {
        const answer = this.#answer(job);
        if (jobSeconds > 0) await sleep(1000 * jobSeconds, undefined, { signal });
        job = await this.#worker.complete(job, answer, token);
        this.#done++;
        this.#busy += jobSeconds;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#failure ??= error;
      this.#stop.abort();
    }
    this.#active--;
    this.#idle.push(token);
    this.#woken();
  }

  /** @throws TenasError where the job is none, or is not signed as it should be */
  #answer(job: Job<unknown, WireResult>): WireResult {
    const work = readJob(job.data);
    const { turn } = work;
    const problem = this.#signer.problem('job', [job.id!, turn], signedPart(job.data), work.signature);
    if (problem !== null) throw new Error(`job ${job.id}: ${problem}`);
    const { isa, jobSeconds: seconds } = this.#options;
    const answer = { result: JSON.stringify(this.#recordOf(work)), seconds, isa, worker: 'stub' };
    return { ...answer, turn, signature: this.#signer.sign('answer', [job.id!, turn], answer) };
  }

  #recordOf({ seed, architecture }: WireJob): Readonly<Record<string, unknown>> {
    return { ...this.#record, seed, ...(architecture === null ? {} : { architecture }) };
  }

  /** Shows signs of life of all workers, each every few seconds. */
  async #live(): Promise<void> {
    const { signal } = this.#stop;
    const { workers } = this.#options;
    const atOnce = Math.ceil((workers * ROUND) / BEAT);
    // Everybody joins at once, as under Slurm.
    for (let first = 0, some = workers; !signal.aborted; ) {
      const began = performance.now();
      await Promise.all(
        Array.from({ length: some }, (_, offset) => this.#beat(`stub:${(first + offset) % workers}`)),
      );
      first = (first + some) % workers;
      some = atOnce;
      await sleep(Math.max(0, began + ROUND - performance.now()), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }

  async #beat(name: string): Promise<void> {
    const [seconds] = await this.#redis.time();
    const body = { version: this.#version, name, threads: 1, at: Number(seconds) };
    const signature = this.#signer.sign('member', ['workers', name], body);
    const stored: StoredMember = { ...body, signature };
    await this.#redis.hset(`${PREFIX}:workers`, name, JSON.stringify(stored));
  }

  /** Stops them all. @throws what one of them failed with */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#woken();
    this.#openGate();
    this.#redis.disconnect();
    await this.#worker.close(true);
    await Promise.race([Promise.all(this.#loops), sleep(1000)]);
    if (this.#failure !== undefined) throw this.#failure;
  }
}
