import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TenasError } from '@tenas/base';
import { checkSamePlugIns } from '@tenas/records';
import type { PlannedTask } from '../plan.js';
import { plugInsOf, plugInsOfStore } from '../plug-in-check.js';
import { type Shard, shardText } from '../shard.js';
import { readStoredTask } from '../task-reading.js';
import type { Task } from '../tasks.js';
import { TrainedFiles } from '../training/trained-files.js';
import { unitChecksum } from './checksums.js';
import { takeCrashMark } from './crash-mark.js';
import { requireSound } from './damage.js';
import { guarded, storeError } from './errors.js';
import type { FileLock } from './lock.js';
import { lockStore, removeEmpty, STORE_FILE } from './open.js';
import { thisOwner } from './owner.js';
import { planDigest } from './plan-digest.js';
import { completePlan, writeJobs, writePlan } from './plan-writing.js';
import { recover } from './recovery.js';
import { makeResultsView } from './results-view.js';
import { migrate } from './schema.js';
import { type CountedJob, SealedRows } from './sealed-rows.js';
import { type Database, openDatabase } from './sqlite.js';
import { prepareStatements, type Statements } from './statements.js';
import type { Changed, Claim, ClaimedUnit, FactsOf, UnitFailure, UnitResult } from './units.js';

/** The next work: units of one task and seed, or one unit that has to run alone. */
type Next =
  | { readonly kind: 'together'; readonly task: number; readonly seed: number }
  | { readonly kind: 'alone'; readonly task: number; readonly id: number };

/** A unit that was running this often when a process ended runs alone, so that it takes no others down. */
const SUSPECT_ENDINGS = 3;

/** How a plan is added. */
export interface PlanOptions {
  /** Only these jobs of the plan. Default: all. */
  readonly shard?: Shard | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Jobs of a plan that was added, and how many of them are new. */
interface Planned {
  readonly jobs: number;
  readonly added: number;
}

interface StoredPlan {
  readonly id: number;
  readonly digest: string;
  readonly jobs: number | null;
  readonly shard: string | null;
}

/**
 * The store of a batch, open for writing: one process at a time. Every change is a small transaction; what a call
 * stored stays, however the process ends.
 */
export class BatchStore implements Disposable {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #database: Database;
  readonly #statements: Statements;
  readonly #sealed: SealedRows;
  readonly #tasks = new Map<number, Task>();
  #plan = 0;

  /**
   * Opens the store in a folder, or makes one; jobs that were running when its last process ended are re-queued.
   * @throws TenasError `STORE_LOCKED`, `STORE_INVALID`, `STORE_TOO_NEW`, `OUTPUT_NO_SPACE`, `OUTPUT_PERMISSION`;
   * `STORE_DAMAGED` where a row or a page is not as it was stored
   */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, STORE_FILE);
    this.#lock = lockStore(folder);
    const isNew = !existsSync(this.#path);
    let database: Database | undefined;
    try {
      database = openDatabase(this.#path, { timeout: 10_000 });
      migrate(database, this.#path);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('foreign_keys = ON');
      requireSound(database, folder, this.#path);
      this.#database = database;
      this.#statements = prepareStatements(database);
      this.#sealed = new SealedRows(this.#statements);
      // Their process is gone, since the lock is ours.
      recover({ database, statements: this.#statements, sealed: this.#sealed }, takeCrashMark(folder));
      new TrainedFiles(folder).removeLeftovers((key) => this.#statements.hasEnded.get(key) !== undefined);
    } catch (error) {
      database?.close();
      if (isNew) removeEmpty(this.#path);
      this.#lock[Symbol.dispose]();
      throw storeError(this.#path, error);
    }
  }

  /**
   * Adds what a spec asks for; jobs that are there already are kept with their results.
   * @returns jobs of the spec, or of its shard, and how many of them are new
   * @throws TenasError `PLUG_IN_CHANGED` where the store has jobs with another version of a plug-in; the signal's reason: the
   * next call begins anew
   */
  async addPlan(spec: string, tasks: readonly PlannedTask[], options: PlanOptions = {}): Promise<Planned> {
    try {
      return await this.#addPlan(spec, tasks, options);
    } catch (error) {
      throw storeError(this.#path, error);
    }
  }

  async #addPlan(
    spec: string,
    tasks: readonly PlannedTask[],
    { shard = null, signal }: PlanOptions,
  ): Promise<Planned> {
    const statements = this.#statements;
    const planned = plugInsOf(tasks.map(({ task }) => task));
    const advice = 'put the file back, or give another --out';
    checkSamePlugIns(plugInsOf(this.tasks()), planned, plugInsOfStore(this.#path, advice));
    const turn = async () => {
      await setImmediate();
      signal?.throwIfAborted();
    };
    const before = Number(statements.countJobs.get());
    const digest = await planDigest(tasks, turn);
    const latest = statements.latestPlan.get() as StoredPlan | undefined;
    const part = shard === null ? null : shardText(shard);
    if (latest !== undefined && latest.jobs !== null && latest.digest === digest && latest.shard === part) {
      // The same as last time: going on costs no writing.
      this.#plan = latest.id;
      statements.reopenPlan.run({ ...thisOwner(), id: latest.id });
      return { jobs: latest.jobs, added: 0 };
    }
    const writing = { database: this.#database, statements, sealed: this.#sealed, turn };
    const plan = { spec, digest, tasks, shard };
    this.#plan = writePlan(writing, plan);
    await writeJobs(writing, this.#plan, plan);
    const jobs = completePlan(writing, this.#plan);
    return { jobs, added: Number(statements.countJobs.get()) - before };
  }

  /** All tasks that it has jobs of, also of earlier plans. */
  tasks(): Task[] {
    return guarded(this.#path, () =>
      (this.#statements.taskIds.all() as number[]).map((id) => this.#task(id)),
    );
  }

  /** Jobs and units of the current plan by state. */
  counts(): {
    readonly jobs: Readonly<Record<string, number>>;
    readonly units: Readonly<Record<string, number>>;
  } {
    return guarded(this.#path, () => ({
      jobs: Object.fromEntries(this.#statements.jobsByStatus.all(this.#plan) as [string, number][]),
      units: Object.fromEntries(this.#statements.unitsByStatus.all(this.#plan) as [string, number][]),
    }));
  }

  /** Waiting units of the current plan by the kind of their task; kinds without any are left out. */
  waitingByKind(): Partial<Record<Task['kind'], number>> {
    return guarded(this.#path, () => {
      const counts: Partial<Record<Task['kind'], number>> = {};
      for (const [id, units] of this.#statements.waitingByTask.all(this.#plan) as [number, number][]) {
        const { kind } = this.#task(id);
        counts[kind] = (counts[kind] ?? 0) + units;
      }
      return counts;
    });
  }

  /** The next work, without taking it; null if none waits now. */
  peek(now: number = Date.now()): { readonly task: Task; readonly alone: boolean } | null {
    return guarded(this.#path, () => {
      const next = this.#next(now);
      return next === null ? null : { task: this.#task(next.task), alone: next.kind === 'alone' };
    });
  }

  /**
   * Takes waiting units of one task: of one seed for scores, of any seeds for searches and trainings. A unit that was often running
   * when a process ended is taken alone.
   * @param status what they become
   */
  claim(limit: number, status: 'running' | 'queued', now: number = Date.now()): Claim | null {
    return guarded(this.#path, () =>
      this.#database
        .transaction((): Claim | null => {
          const next = this.#next(now);
          if (next === null) return null;
          const task = this.#task(next.task);
          const where = { plan: this.#plan, task: next.task, now };
          const units = (
            next.kind === 'together'
              ? (task.kind === 'score' ? this.#statements.waitingOfSeed : this.#statements.waitingOfTask).all(
                  { ...where, seed: next.seed, most: limit, often: SUSPECT_ENDINGS },
                )
              : this.#statements.suspect.all({ ...where, id: next.id })
          ) as ClaimedUnit[];
          for (const { id } of units) this.#statements.setStatus.run(status, id);
          return { task, units };
        })
        .immediate(),
    );
  }

  /** How many units wait that may run now, counted up to a limit. */
  waiting(limit: number): number {
    return guarded(this.#path, () =>
      Number(this.#statements.countWaiting.get({ plan: this.#plan, now: Date.now(), limit })),
    );
  }

  /** When the next unit that waits after a failure may run: milliseconds since 1970; null if none waits. */
  nextRetryAt(): number | null {
    return guarded(this.#path, () => this.#statements.nextRetry.get(this.#plan) as number | null);
  }

  /** Gives units back that were taken and not evaluated. */
  release(units: readonly ClaimedUnit[]): void {
    guarded(this.#path, () =>
      this.#database
        .transaction(() => {
          for (const { id } of units) this.#statements.release.run(id);
        })
        .immediate(),
    );
  }

  /**
   * Notes how far a running unit is. Where no try before got that far, earlier ends of the process count no longer.
   * @param progress share of the work, from 0 to 1
   */
  progressed({ id }: ClaimedUnit, progress: number): void {
    guarded(this.#path, () => this.#statements.progressed.run({ id, progress }));
  }

  /** Stores results in one transaction. A unit that has a result keeps it: none is counted twice. */
  finish(results: readonly UnitResult[], factsOf: FactsOf): Changed {
    return guarded(this.#path, () =>
      this.#database
        .transaction(() => {
          let [jobs, units] = [0, 0];
          const finishedAt = Date.now();
          for (const { key, result, seconds, isa, worker, found } of results) {
            const stored = this.#statements.finish.get({
              key,
              result,
              seconds,
              isa,
              worker,
              now: finishedAt,
            }) as { id: number; task: number; attempts: number } | undefined;
            if (stored === undefined) continue;
            units++;
            const { id, attempts } = stored;
            const settled = { key, status: 'done', attempts, seconds, isa, worker, finishedAt, result };
            this.#statements.sealUnit.run(unitChecksum({ ...settled, errorCode: null, error: null }), id);
            const task = this.#task(stored.task);
            const rows = this.#statements.jobsOfUnit.all(id) as Omit<CountedJob, 'unit'>[];
            for (const row of rows) {
              this.#sealed.finishJob(
                { ...row, unit: key, architecture: row.architecture ?? found! },
                task,
                factsOf,
              );
            }
            jobs += rows.length;
          }
          return { jobs, units };
        })
        .immediate(),
    );
  }

  /** Counts the networks of jobs that the current plan added to units that were done before. @returns how many */
  countAdded(factsOf: FactsOf): number {
    return guarded(this.#path, () => {
      const rows = this.#statements.uncounted.all(this.#plan) as (CountedJob & { readonly task: number })[];
      const count = this.#database.transaction(() => {
        for (const row of rows) this.#sealed.finishJob(row, this.#task(row.task), factsOf);
      });
      count.immediate();
      return rows.length;
    });
  }

  /**
   * Counts a failed run of a unit that was taken: it waits for another try, or has failed for good.
   * @param retryAt milliseconds since 1970; null: no other try
   * @returns jobs that have failed for good with it
   */
  fail(unit: ClaimedUnit, failure: UnitFailure, retryAt: number | null): Changed {
    return this.failByKey(unit.key, failure, unit.attempts + 1, retryAt);
  }

  /** {@link fail} of a unit by its key, with its count of attempts. A unit that has a result keeps it. */
  failByKey(key: string, failure: UnitFailure, attempts: number, retryAt: number | null): Changed {
    return guarded(this.#path, () => {
      const change = this.#database.transaction(() => {
        const id = this.#statements.fail.get({
          key,
          ...failure,
          attempts,
          status: retryAt === null ? 'failed' : 'pending',
          notBefore: retryAt ?? 0,
        }) as number | undefined;
        if (id !== undefined && retryAt === null) this.#sealed.unit(id);
        return id;
      });
      const id = change.immediate();
      if (id === undefined || retryAt !== null) return { jobs: 0, units: 0 };
      return { jobs: Number(this.#statements.countJobsOfUnit.get(id)), units: 1 };
    });
  }

  /** Re-queues units that failed for good, with all their attempts. @returns how many jobs and units */
  retryFailed(): Changed {
    return guarded(this.#path, () =>
      this.#database
        .transaction(() => {
          const jobs = Number(this.#statements.countFailedJobs.get());
          return { jobs, units: this.#statements.retryFailed.run().changes };
        })
        .immediate(),
    );
  }

  /**
   * Removes jobs that the latest spec does not ask for, with what they trained, and gives their room back to the disk.
   * @throws TenasError `PLAN_INCOMPLETE` if the latest run ended before it had read its spec
   */
  collectGarbage(): Changed {
    return guarded(this.#path, () => {
      const latest = this.#statements.latestPlan.get() as { jobs: number | null } | undefined;
      if (latest?.jobs === null) {
        throw new TenasError(
          'PLAN_INCOMPLETE',
          `${this.#path}: the last run ended while it read its spec, so it is not known which jobs are wanted; start it again first`,
        );
      }
      const removed = this.#database
        .transaction(() => {
          const jobs = this.#statements.removeJobs.run().changes;
          const units = this.#statements.removeUnits.run().changes;
          this.#statements.removeTasks.run();
          makeResultsView(this.#database);
          return { jobs, units };
        })
        .immediate();
      new TrainedFiles(dirname(this.#path)).keepOnly(new Set(this.#statements.unitKeys.all() as string[]));
      this.#database.exec('VACUUM');
      this.#database.pragma('wal_checkpoint(TRUNCATE)');
      return removed;
    });
  }

  [Symbol.dispose](): void {
    this.#database.close();
    this.#lock[Symbol.dispose]();
  }

  #next(now: number): Next | null {
    const where = { plan: this.#plan, now, often: SUSPECT_ENDINGS };
    const next = this.#statements.next.get(where) as { task: number; seed: number } | undefined;
    if (next !== undefined) return { kind: 'together', ...next };
    // Units that may crash the process come last, when they can do the least harm.
    const suspect = this.#statements.nextSuspect.get(where) as { task: number; id: number } | undefined;
    return suspect === undefined ? null : { kind: 'alone', ...suspect };
  }

  /** @throws TenasError `STORE_DAMAGED` where a row or a page is not as it was stored */
  requireSound(): void {
    guarded(this.#path, () => requireSound(this.#database, dirname(this.#path), this.#path));
  }

  #task(id: number): Task {
    let task = this.#tasks.get(id);
    if (task === undefined) {
      task = readStoredTask(this.#statements.taskText.get(id) as string, this.#path);
      this.#tasks.set(id, task);
    }
    return task;
  }
}
