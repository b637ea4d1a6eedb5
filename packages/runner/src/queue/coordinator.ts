import { abortable } from '@tenas/metrics';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { atMost } from '../deadline.js';
import { type TaskCosts, thisWorker } from '../evaluate.js';
import type { BatchListener } from '../events.js';
import { pause } from '../failures.js';
import { describe } from '../local-pool.js';
import type { BatchStore } from '../store/store.js';
import type { ClaimedUnit, UnitFailure } from '../store/units.js';
import { resultsVersion } from '../tasks.js';
import { TrainedFiles } from '../training/trained-files.js';
import { followEvents, type QueueEvent } from './completion-events.js';
import { endingOf } from './ending.js';
import { type FinishedJob, longestAnswer, readFinished } from './finished-jobs.js';
import { InFlight, VANISHED } from './in-flight.js';
import { jobOptions } from './job-hash.js';
import { newTurn, reportIn, signedPart, type WireJob } from './messages.js';
import { clearPlace, currentStates, jobStates, openQueues, type Queues } from './queues.js';
import type { RedisServer } from './redis-url.js';
import { askServer, isServerTrouble } from './server-errors.js';
import { ServerLink } from './server-link.js';
import type { QueueSigner } from './signing.js';
import type { AnsweredUnit } from './unit-result.js';
import { type LivingMember, Membership, WORK_KINDS, type WorkKind } from './wire.js';
import { WireFiles } from './wire-files.js';
import { WorkerWatch } from './worker-watch.js';

/** Units that one comparison of the queue looks at. */
const COMPARED = 2000;
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
  readonly signer: QueueSigner;
  readonly attempts: number;
  readonly signal: AbortSignal;
  readonly onEvent: BatchListener;
}

type Arrived =
  | { readonly kind: 'done'; readonly result: AnsweredUnit }
  | { readonly kind: 'failed'; readonly failure: UnitFailure; readonly attempts: number };

/**
 * Hands what waits in a store to the workers of a Redis queue, and stores what they answer. Events say which jobs have
 * ended; a regular comparison of the queue with what should be in it finds those whose event was missed and hands over
 * again what the server lost. The id of a job in the queue is the key of its unit, so nothing is in it twice, and a unit
 * that has a result in the store keeps it, so nothing counts twice. All that comes from the server is checked: what is
 * refused is counted, and its job is given again.
 */
export class QueueCoordinator {
  readonly #options: QueueCoordinatorOptions;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #arrived = new Map<string, Arrived>();
  /** Trainings that are done and whose weights are still in Redis. */
  readonly #answered = new Map<string, AnsweredUnit>();
  /** Jobs that may have ended. */
  readonly #hints: Readonly<Record<WorkKind, Set<string>>> = {
    score: new Set(),
    search: new Set(),
    train: new Set(),
  };
  readonly #version = resultsVersion();
  readonly #link: ServerLink;
  readonly #redis: Redis;
  readonly #answers: Redis;
  readonly #files: WireFiles;
  readonly #trained: TrainedFiles;
  readonly #workers: WorkerWatch;

  constructor(options: QueueCoordinatorOptions) {
    this.#options = options;
    const { server, signer, folder } = options;
    this.#link = new ServerLink({ server, signal: options.signal, onNote: this.#note.bind(this) });
    this.#redis = this.#link.connect('messages');
    this.#answers = this.#link.connect('answers');
    const { refusals } = this.#link;
    this.#files = new WireFiles({ redis: this.#link.connect('files'), signer, refusals });
    this.#trained = new TrainedFiles(folder);
    const who = { version: this.#version, signs: signer.signs, server };
    this.#workers = new WorkerWatch(who, (problem) => this.#note('warn', problem));
  }

  /**
   * Returns when nothing waits any more, or soon after the signal is aborted: what no worker has begun is then
   * withdrawn, what one has is collected by the next run.
   * @throws what the store throws
   */
  async run(): Promise<void> {
    const { signal, signer } = this.#options;
    const redis = this.#redis;
    const queues = openQueues(redis, this.#link.trouble);
    const ending = new AbortController();
    const until = AbortSignal.any([signal, ending.signal]);
    const following = followEvents({
      redis: this.#link.connect('events'),
      signal: until,
      onEvent: (event) => this.#hear(event),
      onTrouble: this.#link.trouble,
    });
    const member = { version: this.#version, name: thisWorker };
    const { refusals } = this.#link;
    const members = new Membership({ redis, role: 'coordinators', member, signer, refusals });
    try {
      while (!(await this.#link.speak(() => members.join())));
      await this.#work(queues, redis, members);
    } catch (error) {
      if (!signal.aborted) throw error;
      this.#store(queues);
    } finally {
      ending.abort();
      await this.#leave(queues, members);
      await following;
    }
  }

  /** Hears an event of the queue: a hint, whoever wrote it. */
  #hear(event: QueueEvent): void {
    const item = this.#inFlight.get(event.key);
    if (item === undefined) return;
    if (event.kind === 'finished') {
      this.#hints[event.work].add(event.key);
      return;
    }
    const report = reportIn(event.text);
    if (report === null) {
      this.#link.refusals.add('event', `a report about job ${event.key} is none`);
      return;
    }
    const { turn, signature, ...said } = report;
    const problem = this.#options.signer.problem('report', [event.key, turn], said, signature);
    if (problem !== null) this.#link.refusals.add('unsigned', `a report about job ${event.key}: ${problem}`);
    else if ('refused' in said) this.#note('warn', said.refused);
    else if ('began' in said) item.begun(said.began, turn);
    else
      this.#options.onEvent({ kind: 'epoch', key: event.key, what: describe(item.task, item.unit), ...said });
  }

  /** Collects jobs that have ended, and gives those again whose answer is refused. */
  async #collect(queues: Queues): Promise<void> {
    for (const kind of WORK_KINDS) {
      const hints = this.#hints[kind];
      for (const key of hints) if (!this.#isOut(this.#inFlight.get(key))) hints.delete(key);
      const asked = [...hints].map((key) => ({ key, longest: longestAnswer(this.#inFlight.get(key)!.task) }));
      await readFinished(this.#answers, kind, asked, (key, job) => {
        hints.delete(key);
        const item = this.#inFlight.get(key);
        if (item !== undefined) this.#take(item, job);
      });
    }
    const now = performance.now();
    for (const item of this.#inFlight.values()) {
      if (item.isDue(now)) await this.#giveAgain(queues[item.task.kind], item);
    }
  }

  /** Takes how a job ended, or notes when it is to be given again. */
  #take(item: InFlight, job: FinishedJob): void {
    const { signer, costs } = this.#options;
    const ending = endingOf(item, job, { signer, constraintsOf: costs.constraintsOf });
    const { key } = item.unit;
    switch (ending.kind) {
      case 'open':
        return;
      case 'done':
        if (ending.result.trained === undefined) this.#arrived.set(key, ending);
        else this.#answered.set(key, ending.result);
        return;
      case 'failed':
        this.#arrived.set(key, ending);
        return;
      case 'vanished':
        if (!item.vanished(performance.now()))
          this.#link.refusals.add('unsigned', `job ${key}: ${ending.failure.message}, and none has begun it`);
        return;
      case 'refused': {
        const { refused, failure, counts } = ending;
        this.#link.refusals.add(refused, `job ${key}: ${failure.message}`);
        if (item.refuse(counts)) return;
        this.#arrived.set(key, { kind: 'failed', failure, attempts: item.unit.attempts + 1 });
      }
    }
  }

  async #giveAgain(queue: Queue, item: InFlight): Promise<void> {
    await clearPlace(queue, this.#redis, item.unit.key);
    await this.#add(queue, [item]);
    item.givenAgain();
  }

  /** Whether the answer to a unit is here and not stored yet. */
  #isHere(key: string): boolean {
    return this.#arrived.has(key) || this.#answered.has(key);
  }

  /** Whether workers have the job, as far as is known. */
  #isOut(item: InFlight | undefined): item is InFlight {
    return item !== undefined && !item.isToBeGivenAgain && !this.#isHere(item.unit.key);
  }

  /**
   * Fetches the weights of trainings that are done, and writes them beside the store. A training whose weights Redis has
   * lost, or has others of, is handed over again.
   */
  async #fetch(queues: Queues): Promise<void> {
    for (const [key, result] of this.#answered) {
      const item = this.#inFlight.get(key)!;
      const { record, weights: sum } = result.trained!;
      const weights = await abortable(this.#files.weights(key, sum), this.#options.signal).catch(
        (error: unknown) => {
          if (this.#options.signal.aborted || isServerTrouble(error)) throw error;
          this.#link.refusals.add('answer', (error as Error).message);
          return null;
        },
      );
      if (weights === null) await this.#giveAgain(queues.train, item);
      else {
        await this.#trained.write(key, { record, weights });
        this.#arrived.set(key, { kind: 'done', result });
      }
      this.#answered.delete(key);
    }
  }

  async #work(queues: Queues, redis: Redis, members: Membership): Promise<void> {
    const { store, signal } = this.#options;
    let reconciledAt = Number.NEGATIVE_INFINITY;
    for (;;) {
      await this.#link.speak(() => this.#collect(queues));
      if (this.#answered.size > 0) await this.#link.speak(() => this.#fetch(queues));
      this.#store(queues);
      if (signal.aborted) return;
      await this.#handOver(queues);
      if (this.#inFlight.size === 0 && store.nextRetryAt() === null) return;
      if (performance.now() - reconciledAt > RECONCILE && redis.status === 'ready') {
        await this.#link.speak(() => this.#reconcile(queues, members));
        reconciledAt = performance.now();
      }
      if (this.#arrived.size + this.#answered.size === 0) await pause(TICK, signal);
    }
  }

  async #handOver(queues: Queues): Promise<void> {
    const { store } = this.#options;
    while (this.#inFlight.size <= this.#workers.mostInFlight - STEP) {
      const claim = store.claim(STEP, 'queued');
      if (claim === null) return;
      const { task } = claim;
      const items = claim.units.map((unit) => new InFlight(unit, task));
      for (const item of items) this.#inFlight.set(item.unit.key, item);
      const given = await this.#link.speak(async () => {
        await this.#forgetOldFailures(queues[task.kind], claim.units);
        await this.#add(queues[task.kind], items);
      });
      // Those that the server did not take are missed by the next comparison.
      if (!given) return;
    }
  }

  /** A job that failed for a run before this one would stand in the way of its new try. */
  async #forgetOldFailures(queue: Queue, units: readonly ClaimedUnit[]): Promise<void> {
    const states = await jobStates(queue, units);
    const failed = units.filter((_, index) => states[index] === 'failed');
    await askServer(() => Promise.all(failed.map(({ key }) => queue.remove(key))));
  }

  async #add(queue: Queue, items: readonly InFlight[]): Promise<void> {
    const { attempts } = this.#options;
    const jobs = items.map((item) => ({
      name: item.task.kind,
      data: this.#message(item),
      opts: { jobId: item.unit.key, ...jobOptions(attempts) },
    }));
    await askServer(() => queue.addBulk(jobs));
  }

  #message(item: InFlight): WireJob {
    const { unit, task } = item;
    item.handOver(newTurn());
    const { turn } = item;
    const job = { version: this.#version, task, seed: unit.seed, architecture: unit.architecture, turn };
    return { ...job, signature: this.#options.signer.sign('job', [unit.key, turn], signedPart(job)) };
  }

  /** Stores what arrived, then takes it out of the queue. */
  #store(queues: Queues): void {
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
        const { failure, attempts } = outcome;
        const changed = store.failByKey(key, failure, attempts, null);
        const what = describe(task, unit);
        onEvent({ kind: 'unit-failed', key, what, attempts, ...failure, retried: false });
        onEvent({ kind: 'advance', status: 'failed', changed });
      }
      removed.push([key, task.kind]);
    }
    const changed = store.finish(results, costs.of);
    for (const { key, seconds, worker } of results) {
      const { task, unit } = this.#inFlight.get(key)!;
      onEvent({ kind: 'unit-done', key, task: task.kind, what: describe(task, unit), seconds, worker });
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

  /** Compares those with the queue that were not compared for the longest time. */
  async #reconcile(queues: Queues, members: Membership): Promise<void> {
    const now = performance.now();
    const oldest = [...this.#inFlight.values()]
      .filter((item) => this.#isOut(item))
      .sort((a, b) => a.comparedAt - b.comparedAt)
      .slice(0, COMPARED);
    for (const item of oldest) item.comparedAt = now;
    for (const kind of WORK_KINDS) {
      const mine = oldest.filter(({ task }) => task.kind === kind);
      if (mine.length === 0) continue;
      const queue = queues[kind];
      const units = mine.map(({ unit }) => unit);
      const states = await currentStates(queue, this.#redis, units);
      for (const [index, { unit }] of mine.entries()) {
        const state = states[index];
        if (state === 'completed' || state === 'failed') this.#hints[kind].add(unit.key);
      }
      const missing = mine.filter((_, index) => states[index] === 'unknown');
      if (missing.length > 0) {
        this.#note('info', `${missing.length} jobs are not in the queue any more and are handed over again`);
        // Of jobs whose list was lost, their texts are left.
        await Promise.all(missing.map(({ unit }) => clearPlace(queue, this.#redis, unit.key)));
        await this.#add(queue, missing);
      }
    }
    const suspected = [...this.#inFlight.values()].filter(({ isSuspected }) => isSuspected);
    const workers = await this.#workers.look(members, suspected.length > 0);
    if (workers !== null) for (const item of suspected) this.#judge(item, workers);
  }

  /** Judges whether the worker of a job has vanished, as somebody says. */
  #judge(item: InFlight, workers: readonly LivingMember[]): void {
    const { key, attempts } = item.unit;
    const verdict = item.judge(workers, performance.now());
    if (verdict === 'alive') this.#link.refusals.add('unsigned', `job ${key}: its worker has not vanished`);
    if (verdict !== 'failed') return;
    this.#arrived.set(key, { kind: 'failed', failure: VANISHED, attempts: attempts + 1 });
  }

  async #leave(queues: Queues, members: Membership): Promise<void> {
    const withdraw = async () => {
      // A job that a worker has is locked and stays, and so does an answer that could not be stored: the next run
      // collects them.
      const unbegun = [...this.#inFlight.values()].filter(({ unit }) => !this.#isHere(unit.key));
      await Promise.all(unbegun.map(({ unit, task }) => queues[task.kind].remove(unit.key).catch(() => 0)));
      await members.leave();
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
    };
    const units = [...this.#inFlight.values()].map(({ unit }) => unit);
    try {
      this.#options.store.release(units);
    } finally {
      await atMost(LEAVE, withdraw());
      this.#link.end();
    }
  }

  #note(level: 'info' | 'warn', message: string): void {
    this.#options.onEvent({ kind: 'note', level, message });
  }
}
