import { setImmediate } from 'node:timers/promises';
import type { ScoreDocument } from '@tenas/records';
import { localIsa, type TaskCosts, thisWorker, type UnitEvaluator } from './evaluate.js';
import type { BatchListener } from './events.js';
import { isFinal, isolateFailures, LONGEST_PAUSE, pause, retryPause, unitFailure } from './failures.js';
import type { BatchStore } from './store/store.js';
import type { Claim, ClaimedUnit, UnitResult } from './store/units.js';
import { methodOf, type ScoreTask, type SearchTask, type Task, type TrainTask, taskKey } from './tasks.js';
import { epochsOf } from './training/epochs-of.js';
import { TrainedFiles } from './training/trained-files.js';

/** Seconds that a chunk of scores should take: short enough to lose little, long enough to keep all threads busy. */
const CHUNK_SECONDS = 0.5;
const LARGEST_CHUNK = 256;
/** Milliseconds between two notes of how far a search is. */
const PROGRESS_NOTES = 1000;

export interface LocalPoolOptions {
  readonly store: BatchStore;
  readonly evaluator: UnitEvaluator;
  readonly costs: TaskCosts;
  /** Folder of the batch, for what is trained. */
  readonly folder: string;
  readonly threads: number;
  /** Runs of a unit before it has failed for good. */
  readonly attempts: number;
  readonly signal: AbortSignal;
  readonly onEvent: BatchListener;
}

/** A chunk of scores that was evaluated and is to be stored. */
interface Scored {
  readonly task: ScoreTask;
  readonly outcomes: readonly (readonly [ClaimedUnit, Outcome])[];
}
type Outcome =
  | { readonly ok: true; readonly value: ScoreDocument }
  | { readonly ok: false; readonly error: unknown };

/**
 * Evaluates everything that waits in a store on this machine's cores. Scores go to the engine many at a time; while it
 * works, the results before are stored. Searches and trainings run one per core, each on one thread.
 */
export class LocalPool {
  readonly #options: LocalPoolOptions;
  /** Aborted with the caller's signal, and when this pool cannot go on. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #secondsOf = new Map<string, number>();
  readonly #trained: TrainedFiles;

  constructor(options: LocalPoolOptions) {
    this.#options = options;
    this.#trained = new TrainedFiles(options.folder);
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  /**
   * Returns when nothing waits any more, or soon after the signal is aborted: what was taken and not finished then
   * waits again.
   * @throws what the store throws
   */
  async run(): Promise<void> {
    const { store } = this.#options;
    while (!this.#signal.aborted) {
      const next = store.peek();
      if (next === null) {
        const retryAt = store.nextRetryAt();
        if (retryAt === null) return;
        // The system's clock may be set meanwhile.
        await pause(Math.min(LONGEST_PAUSE, Math.max(1, retryAt - Date.now())), this.#signal);
        continue;
      }
      if (next.task.kind === 'score') await this.#scores();
      else if (next.alone) await this.#oneLongUnit(this.#options.threads, true);
      else await this.#longUnits();
    }
  }

  /** Scores as long as scores are next, one chunk after the other, storing each while the next is evaluated. */
  async #scores(): Promise<void> {
    let ready: Scored | null = null;
    const storeReady = () => {
      const scored = ready;
      ready = null;
      if (scored !== null) this.#storeScores(scored);
    };
    try {
      while (!this.#signal.aborted) {
        const claim = this.#claimScores();
        if (claim === null) break;
        // A unit that may take the process down must find everything before it stored.
        if (claim.units.length === 1) storeReady();
        const scoring = this.#scoreChunk(claim);
        // If storing fails first, nothing waits for it.
        scoring.catch(() => undefined);
        // Let the engine begin before storing what came before.
        await setImmediate();
        storeReady();
        ready = await scoring;
      }
      storeReady();
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    }
  }

  #claimScores(): (Claim & { readonly task: ScoreTask }) | null {
    const { store, threads } = this.#options;
    const next = store.peek();
    if (next === null || next.task.kind !== 'score') return null;
    const seconds = this.#secondsOf.get(taskKey(next.task));
    const fitting = seconds === undefined ? 2 * threads : Math.round(CHUNK_SECONDS / seconds);
    // Whole rounds of the threads, or some would wait for the others.
    const limit = Math.min(LARGEST_CHUNK, Math.max(threads, fitting - (fitting % threads)));
    const claim = store.claim(limit, 'running');
    return claim as (Claim & { readonly task: ScoreTask }) | null;
  }

  async #scoreChunk({ task, units }: Claim & { readonly task: ScoreTask }): Promise<Scored | null> {
    const { evaluator, store, threads } = this.#options;
    const work = { task, key: taskKey(task), seed: units[0]!.seed };
    const started = performance.now();
    try {
      const outcomes = await isolateFailures(
        units,
        (some) =>
          evaluator.score(
            work,
            some.map(({ architecture }) => architecture!),
            { threads, signal: this.#signal },
          ),
        this.#signal,
      );
      this.#secondsOf.set(work.key, (performance.now() - started) / 1000 / units.length);
      return { task, outcomes: units.map((unit, index) => [unit, outcomes[index]!] as const) };
    } catch (error) {
      store.release(units);
      if (this.#signal.aborted) return null;
      throw error;
    }
  }

  #storeScores({ task, outcomes }: Scored): void {
    const isa = localIsa();
    const results = outcomes.flatMap(([{ key }, outcome]): UnitResult[] =>
      outcome.ok
        ? [
            {
              key,
              result: JSON.stringify(outcome.value),
              seconds: outcome.value.seconds,
              isa,
              worker: thisWorker,
            },
          ]
        : [],
    );
    const units = new Map(outcomes.map(([unit]) => [unit.key, unit]));
    this.#finish(task, results, (key) => describe(task, units.get(key)!));
    for (const [unit, outcome] of outcomes) if (!outcome.ok) this.#fail(task, unit, outcome.error);
  }

  #finish(task: Task, results: readonly UnitResult[], what: (key: string) => string): void {
    const { store, costs, onEvent } = this.#options;
    const changed = store.finish(results, costs.of);
    for (const { key, seconds, worker } of results) {
      onEvent({ kind: 'unit-done', key, task: task.kind, what: what(key), seconds, worker });
    }
    if (changed.units > 0) onEvent({ kind: 'advance', status: 'done', changed });
  }

  /** @returns whether it is tried again */
  #fail(task: Task, unit: ClaimedUnit, error: unknown): boolean {
    const { store, onEvent } = this.#options;
    const failure = unitFailure(error);
    const attempts = unit.attempts + 1;
    const retried = attempts < this.#options.attempts && !isFinal(failure);
    const changed = store.fail(unit, failure, retried ? Date.now() + retryPause(attempts) : null);
    onEvent({
      kind: 'unit-failed',
      key: unit.key,
      what: describe(task, unit),
      attempts,
      ...failure,
      retried,
    });
    if (!retried) onEvent({ kind: 'advance', status: 'failed', changed });
    return retried;
  }

  /** Searches and trains until neither is next; with fewer of them than there are threads, each gets several. */
  async #longUnits(): Promise<void> {
    const { threads } = this.#options;
    const waiting = this.#options.store.waiting(threads);
    const slots = Math.max(1, Math.min(threads, waiting));
    const share = Math.max(1, Math.floor(threads / slots));
    const runners = Array.from({ length: slots }, async () => {
      try {
        while (!this.#signal.aborted && (await this.#oneLongUnit(share, false)));
      } catch (error) {
        this.#stop.abort(error);
        throw error;
      }
    });
    const ended = await Promise.allSettled(runners);
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** @param alone whether nothing else runs. @returns whether there was one */
  async #oneLongUnit(threads: number, alone: boolean): Promise<boolean> {
    const { store } = this.#options;
    const next = store.peek();
    if (next === null || next.task.kind === 'score' || next.alone !== alone) return false;
    const { task } = next;
    const unit = store.claim(1, 'running')!.units[0]!;
    if (task.kind === 'search') await this.#search(task, unit, threads);
    else await this.#train(task, unit, threads);
    return true;
  }

  async #search(task: SearchTask, unit: ClaimedUnit, threads: number): Promise<void> {
    const { store, evaluator } = this.#options;
    const started = performance.now();
    let notedAt = started;
    const search = evaluator.search(task, unit.seed, {
      ...{ threads, signal: this.#signal },
      onProgress: (event) => {
        if (event.kind !== 'progress' && event.kind !== 'step-end') return;
        if (performance.now() - notedAt < PROGRESS_NOTES) return;
        notedAt = performance.now();
        store.progressed(unit, event.share);
      },
    });
    const record = await search.catch((error: unknown) => this.#notDone(task, unit, error));
    if (record === null) return;
    const seconds = (performance.now() - started) / 1000;
    this.#finishOne(task, unit, { record, found: record.architecture, seconds });
  }

  async #train(task: TrainTask, unit: ClaimedUnit, threads: number): Promise<void> {
    const { store, evaluator, onEvent } = this.#options;
    const { key, seed, architecture } = unit;
    const files = this.#trained;
    const what = describe(task, unit);
    const train = async () => {
      const work = { task, key, seed, architecture: architecture! };
      const trained = await evaluator.train(work, {
        ...{ threads, signal: this.#signal },
        checkpoints: await files.checkpoints(key),
        onProgress: epochsOf((done) => {
          store.progressed(unit, done / task.epochs);
          onEvent({ kind: 'epoch', key, what, done, epochs: task.epochs });
        }),
      });
      await files.write(key, trained);
      return trained.record;
    };
    const record = await train().catch(async (error: unknown) => {
      const failed = this.#notDone(task, unit, error);
      if (isFinal(unitFailure(error))) await files.forget(key);
      return failed;
    });
    if (record === null) return;
    this.#finishOne(task, unit, { record, seconds: record.seconds });
    await files.forget(key);
  }

  /** A unit that threw waits again, or has failed. @throws the error where the disk is the reason: no other unit would do better */
  #notDone(task: SearchTask | TrainTask, unit: ClaimedUnit, error: unknown): null {
    const outOfDisk = unitFailure(error).code.startsWith('OUTPUT_');
    if (this.#signal.aborted || outOfDisk) this.#options.store.release([unit]);
    else this.#fail(task, unit, error);
    if (outOfDisk) throw error;
    return null;
  }

  #finishOne(
    task: SearchTask | TrainTask,
    unit: ClaimedUnit,
    {
      record,
      found,
      seconds,
    }: { readonly record: object; readonly found?: string; readonly seconds: number },
  ): void {
    const result: UnitResult = {
      key: unit.key,
      result: JSON.stringify(record),
      seconds,
      isa: localIsa(),
      worker: thisWorker,
      ...(found === undefined ? {} : { found }),
    };
    this.#finish(task, [result], () => describe(task, unit));
  }
}

/** A unit in a few words, for logs. */
export function describe(task: Task, unit: { seed: number; architecture: string | null }): string {
  return `${subjectOf(task, unit.architecture)} in ${task.space} on ${task.dataset.name}, seed ${unit.seed}`;
}

function subjectOf(task: Task, architecture: string | null): string {
  switch (task.kind) {
    case 'score':
      return `score ${architecture}`;
    case 'search':
      return `search by ${methodOf(task)}`;
    case 'train':
      return `train ${architecture} by ${task.recipe.name}`;
  }
}
