import { checkSamePlugIns, type PlugInReference, parseJsonText } from '@tenas/records';
import { plugInsOf, plugInsOfStore } from '../plug-in-check.js';
import type { TaskColumns } from '../task-columns.js';
import { readStoredTask } from '../task-reading.js';
import { type Task, taskKey } from '../tasks.js';
import { damageError, jobDamage, requireSound, unitDamage } from './damage.js';
import { copyError, guarded, storeError } from './errors.js';
import { openForReading } from './open.js';
import { type JobKinds, kindsOf } from './results-view.js';
import type { Database } from './sqlite.js';

/** States of a job. `queued`: waiting in a Redis queue, or a worker has it. */
export type JobStatus = 'pending' | 'queued' | 'running' | 'done' | 'failed';
/** All states, in the order of a job's life. */
export const JOB_STATUSES: readonly JobStatus[] = ['pending', 'queued', 'running', 'done', 'failed'];

/** Jobs by state. */
export type StatusCounts = Readonly<Record<JobStatus, number>>;

/** How far the jobs of a task are. */
export interface TaskStatus {
  readonly task: Task;
  readonly jobs: StatusCounts;
  /** Evaluations: fewer than jobs where isomorphic cells share one. */
  readonly units: StatusCounts;
  /** Seconds that its evaluations took. */
  readonly seconds: number;
}

/** How far a batch is. */
export interface BatchStatus {
  readonly jobs: StatusCounts;
  readonly units: StatusCounts;
  readonly tasks: readonly TaskStatus[];
  /** Jobs that the latest spec does not ask for; they are kept and not run. */
  readonly unwanted: number;
  readonly failures: readonly { readonly code: string; readonly error: string; readonly jobs: number }[];
  /** Milliseconds since 1970; null while nothing is done. */
  readonly lastFinishedAt: number | null;
}

/** A job with its result, as exports have it. */
export interface JobRow {
  readonly key: string;
  readonly task: Task;
  /** The columns of results that its task decides. */
  readonly columns: TaskColumns;
  readonly seed: number;
  readonly status: JobStatus;
  /** Scored, found or trained; null for a search that is not done. */
  readonly architecture: string | null;
  readonly params: number | null;
  readonly flops: number | null;
  /** Place of the architecture in the enumeration of its space; null where it has none, or is not known yet. */
  readonly place: number | null;
  /** For scores and trainings, the evaluated architecture. */
  readonly evaluated: string | null;
  readonly attempts: number;
  readonly seconds: number | null;
  readonly isa: string | null;
  readonly worker: string | null;
  readonly finishedAt: number | null;
  /** The result record as JSON. */
  readonly result: string | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  /** By {@link StoreReader.predictLatencies}, in ms; absent: nobody asked. */
  readonly latency?: number | null;
}

interface StoredRow extends Omit<JobRow, 'task' | 'columns'> {
  readonly taskId: number;
  readonly taskKey: string;
  /** Key of the unit. */
  readonly unit: string;
  readonly unitChecksum: string | null;
  readonly checksum: string | null;
}

/** A unit that is not evaluated yet. */
export interface WaitingUnit {
  readonly seed: number;
  readonly architecture: string | null;
}

/** Which jobs to read. */
export interface RowFilter {
  /** Default: those that are done. */
  readonly statuses?: readonly JobStatus[];
  readonly kind?: Task['kind'];
  /** Only jobs that ended at this time or later, in milliseconds since 1970. */
  readonly since?: number;
}

/** Predicts the latency of an architecture, in ms; null: of another space than the model. */
export type PredictLatencies = (task: Task, architecture: string) => number | null;

/** Reads a batch's store, also while a coordinator writes it. */
export class StoreReader implements Disposable {
  readonly #folder: string;
  readonly #path: string;
  readonly #database: Database;
  readonly #tasks = new Map<number, Task>();
  readonly #columns = new Map<number, TaskColumns>();
  #predictLatency: PredictLatencies | undefined;

  /**
   * @param folder of the batch
   * @throws TenasError `STORE_MISSING`, `STORE_INVALID`, `STORE_TOO_NEW`; `STORE_DAMAGED` where a row or a page is not as it
   * was stored
   */
  constructor(folder: string) {
    this.#folder = folder;
    const opened = openForReading(folder);
    this.#path = opened.path;
    this.#database = opened.database;
    try {
      guarded(this.#path, () => requireSound(this.#database, folder, this.#path));
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Counts, by task and in all, of the jobs that the latest spec asks for. */
  status(): BatchStatus {
    return guarded(this.#path, () => {
      const plan = this.#latestPlan();
      const jobs = this.#database
        .prepare(
          `SELECT units.task AS task, units.status AS status, count(*) AS jobs FROM jobs JOIN units ON units.id = jobs.unit
           WHERE jobs.plan = ? GROUP BY units.task, units.status`,
        )
        .all(plan) as { task: number; status: JobStatus; jobs: number }[];
      const units = this.#database
        .prepare(
          `SELECT task, status, count(*) AS units, total(seconds) AS seconds FROM units WHERE plan = ? GROUP BY task, status`,
        )
        .all(plan) as { task: number; status: JobStatus; units: number; seconds: number }[];
      const ids = [...new Set(units.map(({ task }) => task))].sort((a, b) => a - b);
      const failures = this.#database
        .prepare(
          `SELECT coalesce(units.error_code, '') AS code, coalesce(units.error, '') AS error, count(*) AS jobs
           FROM jobs JOIN units ON units.id = jobs.unit WHERE jobs.plan = ? AND units.status = 'failed'
           GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20`,
        )
        .all(plan) as { code: string; error: string; jobs: number }[];
      const countOf = (rows: readonly { status: JobStatus; count: number }[]): StatusCounts => {
        const sum = (status: JobStatus) =>
          rows.reduce((total, row) => total + (row.status === status ? row.count : 0), 0);
        return {
          pending: sum('pending'),
          queued: sum('queued'),
          running: sum('running'),
          done: sum('done'),
          failed: sum('failed'),
        };
      };
      const counted = jobs.map(({ jobs: count, ...row }) => ({ ...row, count }));
      const countedUnits = units.map(({ units: count, ...row }) => ({ ...row, count }));
      return {
        jobs: countOf(counted),
        units: countOf(countedUnits),
        tasks: ids.map((id) => ({
          task: this.task(id),
          jobs: countOf(counted.filter(({ task }) => task === id)),
          units: countOf(countedUnits.filter(({ task }) => task === id)),
          seconds: units.reduce((sum, row) => sum + (row.task === id ? row.seconds : 0), 0),
        })),
        unwanted: Number(
          this.#database.prepare('SELECT count(*) FROM jobs WHERE plan <> ?').pluck().get(plan),
        ),
        failures,
        lastFinishedAt: this.#database.prepare('SELECT max(finished_at) FROM units').pluck().get() as
          | number
          | null,
      };
    });
  }

  /** Jobs in the order of the latest spec, then those of earlier ones; read one by one. */
  *rows(filter: RowFilter = {}): Generator<JobRow, void, undefined> {
    const statuses = filter.statuses ?? ['done'];
    const since = filter.since ?? null;
    const wanted = statuses.map(() => '?').join(', ');
    try {
      const statement = this.#database.prepare(
        `SELECT jobs.key AS key, units.task AS taskId, units.seed AS seed, units.status AS status,
           jobs.architecture AS architecture, jobs.params AS params, jobs.flops AS flops, jobs.place AS place,
           units.architecture AS evaluated, units.attempts AS attempts, units.seconds AS seconds, units.isa AS isa,
           units.worker AS worker, units.finished_at AS finishedAt, units.result AS result,
           units.error_code AS errorCode, units.error AS error, units.key AS unit, units.checksum AS unitChecksum,
           jobs.checksum AS checksum, tasks.key AS taskKey
         FROM jobs JOIN units ON units.id = jobs.unit JOIN tasks ON tasks.id = units.task
         WHERE units.status IN (${wanted}) AND (? IS NULL OR units.finished_at >= ?) ORDER BY jobs.plan DESC, jobs.position`,
      );
      for (const row of statement.iterate(...statuses, since, since) as IterableIterator<StoredRow>) {
        const { taskId, unit, unitChecksum, checksum, taskKey: ofTask, ...rest } = row;
        this.#compare(row);
        const task = this.task(taskId);
        if (filter.kind === undefined || task.kind === filter.kind)
          yield { ...rest, task, columns: this.#columnsOf(taskId), ...this.#latencyOf(task, rest) };
      }
    } catch (error) {
      throw storeError(this.#path, error);
    }
  }

  /** Names of all metrics that jobs of the store measure, in the order of the tasks. */
  metrics(filter: Pick<RowFilter, 'kind'> = {}): string[] {
    return [...new Set(this.metricSets(filter).flat())];
  }

  /** Names of the metrics that jobs measure together, one list for each setting of jobs. */
  metricSets(filter: Pick<RowFilter, 'kind'> = {}): string[][] {
    return this.tasks(filter).map(({ metrics }) => metrics.map(({ name }) => name));
  }

  /** What its jobs have besides metrics. */
  kinds(filter: Pick<RowFilter, 'kind'> = {}): JobKinds {
    const kinds = kindsOf(this.tasks(filter));
    return { ...kinds, predicts: kinds.predicts || this.#predictLatency !== undefined };
  }

  /** Gives all {@link rows} a latency, in place of what searches of the batch predicted. */
  predictLatencies(predict: PredictLatencies): void {
    this.#predictLatency = predict;
  }

  /** All settings of jobs that the store knows. */
  tasks({ kind }: Pick<RowFilter, 'kind'> = {}): Task[] {
    return guarded(this.#path, () => {
      const ids = this.#database.prepare('SELECT id FROM tasks ORDER BY id').pluck().all() as number[];
      return ids.map((id) => this.task(id)).filter((task) => kind === undefined || task.kind === kind);
    });
  }

  /** Waiting units of one setting and seed, chosen as if at random, always the same. */
  sampleWaiting(task: Task, count: number): WaitingUnit[] {
    return guarded(
      this.#path,
      () =>
        this.#database
          .prepare(
            `SELECT seed, architecture FROM units
             WHERE plan = @plan AND status = 'pending' AND task = (SELECT id FROM tasks WHERE key = @key)
               AND seed = (SELECT min(seed) FROM units WHERE plan = @plan AND status = 'pending'
                 AND task = (SELECT id FROM tasks WHERE key = @key))
             ORDER BY key LIMIT @count`,
          )
          .all({ plan: this.#latestPlan(), key: taskKey(task), count }) as WaitingUnit[],
    );
  }

  /**
   * Copies the store as it is now, also while it is written.
   * @param path of a file that is not there
   * @param named what a message calls it
   * @throws TenasError `OUTPUT_NO_SPACE` where the copy has no room, and others of the store
   */
  copyTo(path: string, named: string = path): void {
    try {
      this.#database.prepare('VACUUM INTO ?').run(path);
    } catch (error) {
      throw copyError(this.#path, named, error);
    }
  }

  /** The settings with that number in the store. */
  task(id: number): Task {
    const known = this.#tasks.get(id);
    if (known !== undefined) return known;
    const text = this.#database.prepare('SELECT task FROM tasks WHERE id = ?').pluck().get(id) as string;
    const task = readStoredTask(text, this.#path);
    this.#tasks.set(id, task);
    return task;
  }

  /**
   * Checks that plug-ins from files are those that the jobs were done with, where they use them.
   * @throws TenasError `PLUG_IN_CHANGED` naming both hashes
   */
  checkPlugIns(loaded: readonly PlugInReference[]): void {
    guarded(this.#path, () => {
      const ids = this.#database.prepare('SELECT id FROM tasks').pluck().all() as number[];
      const stored = plugInsOf(ids.map((id) => this.task(id)));
      checkSamePlugIns(stored, loaded, plugInsOfStore(this.#path, 'give the file as it was'));
    });
  }

  #latencyOf(task: Task, { architecture }: Pick<JobRow, 'architecture'>): Pick<JobRow, 'latency'> {
    const predict = this.#predictLatency;
    if (predict === undefined) return {};
    return { latency: architecture === null ? null : predict(task, architecture) };
  }

  #columnsOf(id: number): TaskColumns {
    let columns = this.#columns.get(id);
    if (columns === undefined) {
      const text = this.#database.prepare('SELECT columns FROM tasks WHERE id = ?').pluck().get(id) as string;
      columns = parseJsonText(text, this.#path) as TaskColumns;
      this.#columns.set(id, columns);
    }
    return columns;
  }

  /** A row may have come, or been damaged, since the whole store was compared. */
  #compare(row: StoredRow): void {
    const { key, unit, unitChecksum, evaluated } = row;
    const ofUnit = unitDamage({ ...row, key: unit, checksum: unitChecksum, architecture: evaluated });
    const found = [
      { table: 'units', id: 0, key: unit, reason: ofUnit },
      { table: 'jobs', id: 0, key, reason: jobDamage(row) },
    ] as const;
    const rows = found.flatMap(({ reason, ...one }) =>
      reason === null ? [] : [{ ...one, reason, lost: false }],
    );
    if (rows.length > 0) throw damageError(this.#folder, this.#path, { pages: [], rows, checked: 1 });
  }

  #latestPlan(): number {
    return (this.#database.prepare('SELECT max(id) FROM plans').pluck().get() as number | null) ?? 0;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
