import { abortable } from '@tenas/metrics';
import { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { atMost } from '../deadline.js';
import { type TaskCosts, thisWorker } from '../evaluate.js';
import type { BatchListener } from '../events.js';
import { FIRST_PAUSE, pause, unitFailure } from '../failures.js';
import { describe } from '../local-pool.js';
import type { BatchStore } from '../store/store.js';
import type { ClaimedUnit, UnitFailure } from '../store/units.js';
import { resultsVersion, type Task } from '../tasks.js';
import { TrainedFiles } from '../training/trained-files.js';
import { epochIn, refusalIn, type WireJob } from './messages.js';
import { connectRedis, type RedisServer } from './redis-url.js';
import { type AnsweredUnit, unitResult } from './unit-result.js';
import { EVENTS_KEPT, KEPT, Membership, PREFIX, QUEUES, WORK_KINDS, type WorkKind } from './wire.js';
import { WireFiles } from './wire-files.js';

/** Units in the queue at once: enough for many workers, few enough to withdraw and look after. */
const MOST_IN_FLIGHT = 1000;
/** Units handed over in one step. */
const STEP = 200;
/** Milliseconds between two looks at what waits to be stored. */
const TICK = 100;
/** Milliseconds between two comparisons of the queue with what should be in it. */
const RECONCILE = 3000;
/** Milliseconds that leaving may take: a server that is gone is not waited for. */
const LEAVE = 1500;

export interface QueueCoordinatorOptions {
  readonly store: BatchStore;
  readonly costs: TaskCosts;
  /** Folder of the batch, for what is trained. */
  readonly folder: string;
  readonly server: RedisServer;
  readonly attempts: number;
  readonly signal: AbortSignal;
  readonly onEvent: BatchListener;
}

interface InFlight {
  readonly unit: ClaimedUnit;
  readonly task: Task;
}

type Arrived =
  | { readonly kind: 'done'; readonly result: AnsweredUnit }
  | { readonly kind: 'failed'; readonly failure: UnitFailure; readonly attempts: number };

/**
 * Hands what waits in a store to the workers of a Redis queue, and stores what they answer. Answers come as events; a
 * regular comparison of the queue with what should be in it finds those whose event was missed and hands over again
 * what the server lost. The id of a job in the queue is the key of its unit, so nothing is in it twice, and a unit that
 * has a result in the store keeps it, so nothing counts twice.
 */
export class QueueCoordinator {
  readonly #options: QueueCoordinatorOptions;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #arrived = new Map<string, Arrived>();
  /** Trainings that are done and whose weights are still in Redis. */
  readonly #answered = new Map<string, AnsweredUnit>();
  readonly #version = resultsVersion();
  readonly #redis: Redis;
  readonly #files: WireFiles;
  readonly #trained: TrainedFiles;
  readonly #connections: Redis[] = [];
  #troubled = false;
  #warned = false;

  constructor(options: QueueCoordinatorOptions) {
    this.#options = options;
    this.#redis = connectRedis(options.server, (message) => this.#trouble(message));
    this.#files = new WireFiles(this.#redis);
    this.#trained = new TrainedFiles(options.folder);
  }

  /**
   * Returns when nothing waits any more, or soon after the signal is aborted: what no worker has begun is then
   * withdrawn, what one has is collected by the next run.
   * @throws what the store throws
   */
  async run(): Promise<void> {
    const { server, signal } = this.#options;
    const redis = this.#redis;
    redis.on('ready', () => {
      if (this.#troubled) this.#note('info', `${server.shown} is back`);
      this.#troubled = false;
    });
    const queues = this.#openQueues(redis);
    const events = this.#listen();
    const members = new Membership(redis, 'coordinators', { version: this.#version, name: thisWorker });
    try {
      await abortable(Promise.all([members.join(), ...events.map((each) => each.waitUntilReady())]), signal);
      await this.#work(queues, redis, members);
    } catch (error) {
      if (!signal.aborted) throw error;
      this.#store(queues);
    } finally {
      await this.#leave(queues, events, redis, members);
    }
  }

  #openQueues(redis: Redis): Record<WorkKind, Queue> {
    const open = (kind: WorkKind) => {
      const queue = new Queue(QUEUES[kind], {
        connection: redis,
        prefix: PREFIX,
        streams: { events: { maxLen: EVENTS_KEPT[kind] } },
      });
      queue.on('error', (error) => this.#trouble(this.#options.server.scrub(error.message)));
      return queue;
    };
    return { score: open('score'), search: open('search'), train: open('train') };
  }

  #listen(): QueueEvents[] {
    return WORK_KINDS.map((kind) => {
      // It blocks its connection while it waits, so it has a separate one.
      const connection = connectRedis(this.#options.server, (message) => this.#trouble(message));
      this.#connections.push(connection);
      const events = new QueueEvents(QUEUES[kind], { connection, prefix: PREFIX });
      events.on('error', (error) => this.#trouble(this.#options.server.scrub(error.message)));
      events.on('completed', ({ jobId, returnvalue }) => {
        this.#take(jobId, returnvalue);
      });
      events.on('progress', ({ jobId, data }) => {
        this.#hear(jobId, data);
      });
      return events;
    });
  }

  /** Takes the answer to a unit; one that is no result of it fails for good, as others would be like it. */
  #take(key: string, answer: unknown): void {
    const item = this.#inFlight.get(key);
    if (item === undefined) return;
    try {
      const result = unitResult(item, answer);
      if (result.trained === undefined) this.#arrived.set(key, { kind: 'done', result });
      else this.#answered.set(key, result);
    } catch (error) {
      this.#refuse(item, error);
    }
  }

  #refuse({ unit }: InFlight, error: unknown): void {
    const failure = { code: 'RESULT_INVALID', message: unitFailure(error).message };
    this.#arrived.set(unit.key, { kind: 'failed', failure, attempts: unit.attempts + 1 });
  }

  /** Whether the answer to a unit is here and not stored yet. */
  #isHere(key: string): boolean {
    return this.#arrived.has(key) || this.#answered.has(key);
  }

  /**
   * Fetches the weights of trainings that are done, and writes them beside the store. A training whose weights Redis has
   * lost is handed over again.
   */
  async #fetch(queues: Record<WorkKind, Queue>): Promise<void> {
    for (const [key, result] of this.#answered) {
      const item = this.#inFlight.get(key)!;
      const { record, weights: sum } = result.trained!;
      const fetched = this.#files.weights(key, sum).catch((error: unknown) => this.#refuse(item, error));
      const weights = await abortable(fetched, this.#options.signal);
      if (weights === null) await queues.train.remove(key);
      else if (weights !== undefined) {
        await this.#trained.write(key, { record, weights });
        this.#arrived.set(key, { kind: 'done', result });
      }
      this.#answered.delete(key);
    }
  }

  /** What a worker says of a unit that it has. */
  #hear(key: string, said: unknown): void {
    const item = this.#inFlight.get(key);
    if (item === undefined) return;
    const refusal = refusalIn(said);
    if (refusal !== null) this.#note('warn', refusal);
    const epoch = epochIn(said);
    if (epoch === null) return;
    this.#options.onEvent({ kind: 'epoch', key, what: describe(item.task, item.unit), ...epoch });
  }

  async #work(queues: Record<WorkKind, Queue>, redis: Redis, members: Membership): Promise<void> {
    const { store, signal } = this.#options;
    let reconciledAt = 0;
    for (;;) {
      await this.#fetch(queues);
      this.#store(queues);
      if (signal.aborted) return;
      await abortable(this.#handOver(queues), signal);
      if (this.#inFlight.size === 0 && store.nextRetryAt() === null) return;
      if (Date.now() - reconciledAt > RECONCILE && redis.status === 'ready') {
        await abortable(this.#reconcile(queues, members), signal);
        reconciledAt = Date.now();
      }
      if (this.#arrived.size + this.#answered.size === 0) await pause(TICK, signal);
    }
  }

  async #handOver(queues: Record<WorkKind, Queue>): Promise<void> {
    const { store } = this.#options;
    while (this.#inFlight.size <= MOST_IN_FLIGHT - STEP) {
      const claim = store.claim(STEP, 'queued');
      if (claim === null) return;
      const items = claim.units.map((unit) => ({ unit, task: claim.task }));
      for (const item of items) this.#inFlight.set(item.unit.key, item);
      await this.#forgetOldFailures(queues[claim.task.kind], claim.units);
      await this.#add(queues[claim.task.kind], items);
    }
  }

  /** A job that failed for a run before this one would stand in the way of its new try. */
  async #forgetOldFailures(queue: Queue, units: readonly ClaimedUnit[]): Promise<void> {
    const states = await Promise.all(units.map(({ key }) => queue.getJobState(key)));
    const failed = units.filter((_, index) => states[index] === 'failed');
    await Promise.all(failed.map(({ key }) => queue.remove(key)));
  }

  async #add(queue: Queue, items: readonly InFlight[]): Promise<void> {
    await queue.addBulk(
      items.map(({ unit: { key, seed, architecture }, task }) => ({
        name: task.kind,
        data: { version: this.#version, task, seed, architecture } satisfies WireJob,
        opts: {
          jobId: key,
          attempts: this.#options.attempts,
          backoff: { type: 'exponential', delay: FIRST_PAUSE },
          removeOnComplete: { age: KEPT },
          removeOnFail: { age: KEPT },
        },
      })),
    );
  }

  /** Stores what arrived, then takes it out of the queue. */
  #store(queues: Record<WorkKind, Queue>): void {
    const { store, costs, onEvent } = this.#options;
    if (this.#arrived.size === 0) return;
    const arrived = [...this.#arrived];
    const results: AnsweredUnit[] = [];
    const removed: [string, WorkKind][] = [];
    for (const [key, outcome] of arrived) {
      const { task, unit } = this.#inFlight.get(key)!;
      if (outcome.kind === 'done') {
        results.push(outcome.result);
      } else {
        const changed = store.failByKey(key, outcome.failure, outcome.attempts, null);
        onEvent({
          kind: 'unit-failed',
          key,
          what: describe(task, unit),
          attempts: outcome.attempts,
          ...outcome.failure,
          retried: false,
        });
        onEvent({ kind: 'advance', status: 'failed', changed });
      }
      removed.push([key, task.kind]);
    }
    const changed = store.finish(results, costs.of);
    for (const { key, seconds, worker } of results) {
      const { task, unit } = this.#inFlight.get(key)!;
      onEvent({ kind: 'unit-done', key, what: describe(task, unit), seconds, worker });
    }
    if (changed.units > 0) onEvent({ kind: 'advance', status: 'done', changed });
    for (const [key] of arrived) {
      this.#inFlight.delete(key);
      this.#arrived.delete(key);
    }
    // A later run finds jobs that stay behind, and the store has their results already.
    for (const [key, kind] of removed) queues[kind].remove(key).catch(() => undefined);
    for (const { key, isa, trained } of results) {
      if (trained !== undefined) this.#files.forget(key, isa).catch(() => undefined);
    }
  }

  async #reconcile(queues: Record<WorkKind, Queue>, members: Membership): Promise<void> {
    for (const kind of WORK_KINDS) {
      const mine = [...this.#inFlight.values()].filter(
        ({ task, unit }) => task.kind === kind && !this.#isHere(unit.key),
      );
      if (mine.length === 0) continue;
      const queue = queues[kind];
      const states = await Promise.all(mine.map(({ unit }) => queue.getJobState(unit.key)));
      const missing: InFlight[] = [];
      for (const [index, item] of mine.entries()) {
        const { key } = item.unit;
        if (!this.#inFlight.has(key) || this.#isHere(key)) continue;
        const state = states[index];
        if (state === 'unknown') missing.push(item);
        if (state !== 'completed' && state !== 'failed') continue;
        const job = await queue.getJob(key);
        if (job === undefined) continue;
        if (state === 'completed') this.#take(key, job.returnvalue);
        else
          this.#arrived.set(key, {
            kind: 'failed',
            failure: failureOf(job.failedReason),
            attempts: job.attemptsMade,
          });
      }
      if (missing.length > 0) {
        this.#note('info', `${missing.length} jobs are not in the queue any more and are handed over again`);
        await this.#add(queue, missing);
      }
    }
    await this.#warnIfNoWorkers(members);
  }

  /** Warns when no worker is connected, or only workers of another version. */
  async #warnIfNoWorkers(members: Membership): Promise<void> {
    const workers = await members.alive('workers');
    const fitting = workers.filter(({ version }) => version === this.#version);
    if (fitting.length > 0) {
      this.#warned = false;
      return;
    }
    if (this.#warned) return;
    this.#warned = true;
    const other = workers[0];
    this.#note(
      'warn',
      other === undefined
        ? `no worker yet; start some with \`tenas worker --queue ${this.#options.server.shown}\``
        : `no worker of this version (${this.#version}); ${other.name} is ${other.version} and will be refused`,
    );
  }

  async #leave(
    queues: Record<WorkKind, Queue>,
    events: readonly QueueEvents[],
    redis: Redis,
    members: Membership,
  ): Promise<void> {
    const withdraw = async () => {
      // A job that a worker has is locked and stays, and so does an answer that could not be stored: the next run
      // collects them.
      const unbegun = [...this.#inFlight.values()].filter(({ unit }) => !this.#isHere(unit.key));
      await Promise.all(unbegun.map(({ unit, task }) => queues[task.kind].remove(unit.key).catch(() => 0)));
      await members.leave();
      await Promise.all(events.map((each) => each.close()));
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
    };
    const units = [...this.#inFlight.values()].map(({ unit }) => unit);
    try {
      this.#options.store.release(units);
    } finally {
      await atMost(LEAVE, withdraw());
      for (const each of events) each.disconnect().catch(() => undefined);
      for (const connection of [redis, ...this.#connections]) connection.disconnect();
    }
  }

  #trouble(message: string): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#note('warn', `${this.#options.server.shown}: ${message}; waiting for it to come back`);
  }

  #note(level: 'info' | 'warn', message: string): void {
    this.#options.onEvent({ kind: 'note', level, message });
  }
}

/** Workers put the code of an error before its message. */
function failureOf(reason: string): UnitFailure {
  const coded = /^([A-Z][A-Z0-9_]+): (.*)$/s.exec(reason);
  if (coded !== null) return { code: coded[1]!, message: coded[2]! };
  return reason.includes('stalled')
    ? { code: 'JOB_CRASHES', message: `workers vanished while they had it: ${reason}` }
    : { code: 'INTERNAL', message: reason };
}
