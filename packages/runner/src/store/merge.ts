import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { joined, parseShard, shardText } from '../shard.js';
import { TRAINED_FILES, TRAINED_FOLDER } from '../training/train-unit.js';
import { type PlanFields, planChecksum } from './checksums.js';
import { requireSound } from './damage.js';
import { storeError } from './errors.js';
import {
  checkFiles,
  checkSources,
  latestPlan,
  type Mergeable,
  mergeable,
  NOTHING,
  requireAlike,
} from './merge-checks.js';
import { lockStore, openForReading, removeEmpty, STORE_FILE } from './open.js';
import { thisOwner } from './owner.js';
import { makeResultsView } from './results-view.js';
import { migrate } from './schema.js';
import { type Database, openDatabase } from './sqlite.js';

/** What a store holds after a merge. */
export interface MergedStore {
  readonly jobs: {
    readonly total: number;
    readonly done: number;
    readonly failed: number;
    readonly waiting: number;
  };
  /** Jobs and evaluations that were not there before, or not done. */
  readonly added: { readonly jobs: number; readonly evaluations: number };
  /** The shards of the spec that are there, as `0,2/7`; null: all of it. */
  readonly shard: string | null;
}

/** Evaluations copied in one transaction. */
const STEP = 500;

/**
 * Brings the jobs of the latest plans of some stores into one, by their keys: results that are there already stay. Merging
 * again changes nothing; a merge that was killed is completed by the next. All stores are checked before the first is
 * merged.
 * @param out folder of the store; made where it is missing
 * @param folders of the stores to read; they are not changed, and may be worked on meanwhile
 * @throws TenasError `BATCH_MISMATCH` where one is of another spec or of another version's results; `STORE_DAMAGED`,
 * `STORE_MISSING`, `STORE_LOCKED`; the signal's reason
 */
export async function mergeStores(
  out: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<MergedStore> {
  const sources = await checkSources(out, folders, signal);
  await makeFolder(out);
  using _lock = lockStore(out);
  const path = join(out, STORE_FILE);
  using merge = new Merge(out, path);
  try {
    for (const source of sources) merge.check(source);
    for (const { folder } of sources) await merge.take(folder, signal);
    return merge.complete();
  } catch (error) {
    throw storeError(path, error);
  }
}

interface SourceUnit {
  readonly id: number;
  readonly key: string;
  readonly taskKey: string;
  readonly kind: string;
  readonly status: string;
  readonly [column: string]: unknown;
}

/** Columns of a unit that travel as they are, with its checksum. */
const UNIT_COLUMNS = [
  'key',
  'seed',
  'architecture',
  'status',
  'attempts',
  'seconds',
  'isa',
  'worker',
  'finished_at',
  'result',
  'error_code',
  'error',
  'checksum',
] as const;
const JOB_COLUMNS = 'key position architecture params flops place checksum'.split(' ');

class Merge implements Disposable {
  readonly #out: string;
  readonly #path: string;
  readonly #database: Database;
  /** The plan of all of it, once known. */
  #plan: PlanFields | undefined;
  #jobs = 0;
  #evaluations = 0;

  constructor(out: string, path: string) {
    this.#out = out;
    this.#path = path;
    const isNew = !existsSync(path);
    this.#database = openDatabase(path, { timeout: 10_000 });
    try {
      migrate(this.#database, path);
      this.#database.pragma('journal_mode = WAL');
      this.#database.pragma('synchronous = NORMAL');
      requireSound(this.#database, out, path);
      this.#plan = latestPlan(this.#database);
    } catch (error) {
      this.#database.close();
      if (isNew) removeEmpty(path);
      throw storeError(path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** @throws TenasError `BATCH_MISMATCH` where a store does not fit what is there */
  check(source: Mergeable): void {
    const own = mergeable(this.#out, this.#database);
    if (own !== null) requireAlike(source, own);
  }

  /** Copies what a store has. */
  async take(folder: string, signal: AbortSignal): Promise<void> {
    const { path, database: source } = openForReading(folder);
    try {
      // One moment of the store, though a run may write it.
      source.exec('BEGIN');
      requireSound(source, folder, path);
      const plan = latestPlan(source);
      if (plan === undefined) return;
      this.#begin(folder, plan, source);
      const known = this.#copyTasks(source);
      for (let last = 0; ; ) {
        signal.throwIfAborted();
        const units = unitsAfter(source, plan.id, last);
        if (units.length === 0) break;
        last = units.at(-1)!.id;
        for (const unit of units) if (unit.kind === 'train') await this.#copyFiles(folder, unit);
        this.#copyUnits(source, plan.id, units, known);
        await setImmediate();
      }
      // A store whose plan was cut off may lack jobs of its shard.
      if (plan.jobs !== null) this.#has(plan.shard);
    } catch (error) {
      throw storeError(path, error);
    } finally {
      source.close();
    }
  }

  /** @throws TenasError `BATCH_MISMATCH` */
  #begin(folder: string, plan: PlanFields, source: Database): void {
    const own = this.#plan;
    if (own === undefined) {
      const row = { ...thisOwner(), spec: plan.spec, digest: plan.digest, shard: NOTHING };
      const insert = this.#database.prepare(
        `INSERT INTO plans (spec, digest, shard, started_at, host, pid)
         VALUES (@spec, @digest, @shard, @startedAt, @host, @pid)`,
      );
      const write = this.#database.transaction(() => {
        insert.run(row);
        this.#write(latestPlan(this.#database)!);
      });
      write.immediate();
      return;
    }
    // A run may have written another plan since the store was checked.
    this.check(mergeable(folder, source)!);
    // Not complete until all is copied.
    if (own.jobs !== null) this.#write({ ...own, jobs: null });
  }

  /** Notes that the jobs of a shard are all there. */
  #has(shard: string | null): void {
    const own = this.#plan!;
    if (own.shard === null) return;
    const parts = own.shard === NOTHING ? null : parseShard(own.shard);
    const added = shard === null ? null : parseShard(shard);
    const together = added === null || parts === null ? added : joined(parts, added);
    const whole = together === null || together.parts.length === together.of;
    this.#write({ ...own, shard: whole ? null : shardText(together) });
  }

  #write(plan: PlanFields): void {
    const update = this.#database.prepare('UPDATE plans SET jobs = ?, shard = ?, checksum = ? WHERE id = ?');
    update.run(plan.jobs, plan.shard, planChecksum(plan), plan.id);
    this.#plan = plan;
  }

  /** @returns the numbers of tasks here, by their keys */
  #copyTasks(source: Database): ReadonlyMap<string, number> {
    const tasks = source.prepare('SELECT key, task, columns, checksum FROM tasks').all();
    const insert = this.#database.prepare(
      `INSERT INTO tasks (key, task, columns, checksum) VALUES (@key, @task, @columns, @checksum)
       ON CONFLICT (key) DO NOTHING`,
    );
    const copy = this.#database.transaction(() => {
      for (const task of tasks) insert.run(task);
      makeResultsView(this.#database);
    });
    copy.immediate();
    return new Map(this.#database.prepare('SELECT key, id FROM tasks').raw().all() as [string, number][]);
  }

  #copyUnits(
    source: Database,
    theirPlan: number,
    units: readonly SourceUnit[],
    tasks: ReadonlyMap<string, number>,
  ): void {
    const plan = this.#plan!.id;
    const named = (columns: readonly string[]) => columns.map((column) => `@${column}`).join(', ');
    const addUnit = this.#database.prepare(
      `INSERT INTO units (plan, task, ${UNIT_COLUMNS.join(', ')}) VALUES (@plan, @task, ${named(UNIT_COLUMNS)})
       ON CONFLICT (key) DO UPDATE SET plan = excluded.plan`,
    );
    // A result wins over a failure, and what is settled over what waits; of two results the first stays.
    const settle = this.#database.prepare(
      `UPDATE units SET ${UNIT_COLUMNS.slice(3)
        .map((column) => `${column} = @${column}`)
        .join(', ')}
       WHERE key = @key AND (status NOT IN ('done', 'failed') OR (status = 'failed' AND @status = 'done'))`,
    );
    const idOf = this.#database.prepare('SELECT id, status FROM units WHERE key = ?');
    const theirJobs = source.prepare(
      `SELECT ${JOB_COLUMNS.join(', ')} FROM jobs WHERE unit = ? AND plan = ? ORDER BY id`,
    );
    const addJob = this.#database.prepare(
      `INSERT INTO jobs (unit, plan, ${JOB_COLUMNS.join(', ')}) VALUES (@unit, @plan, ${named(JOB_COLUMNS)})
       ON CONFLICT (key) DO UPDATE SET plan = excluded.plan, position = excluded.position`,
    );
    const finishJob = this.#database.prepare(
      `UPDATE jobs SET architecture = @architecture, params = @params, flops = @flops, place = @place,
         checksum = @checksum WHERE key = @key AND checksum IS NULL`,
    );
    const copy = this.#database.transaction(() => {
      for (const unit of units) {
        const isSettled = unit.status === 'done' || unit.status === 'failed';
        const before = idOf.get(unit.key) as { id: number; status: string } | undefined;
        const status = isSettled ? unit.status : 'pending';
        addUnit.run({ ...unit, status, plan, task: tasks.get(unit.taskKey) });
        const settledNow = before === undefined ? isSettled : isSettled && settle.run(unit).changes > 0;
        if (settledNow) this.#evaluations++;
        const { id } = idOf.get(unit.key) as { id: number };
        for (const job of theirJobs.all(unit.id, theirPlan) as Record<string, unknown>[]) {
          const known = this.#database.prepare('SELECT 1 FROM jobs WHERE key = ?').get(job.key);
          addJob.run({ ...job, unit: id, plan });
          if (unit.status === 'done') finishJob.run(job);
          if (known === undefined || settledNow) this.#jobs++;
        }
      }
    });
    copy.immediate();
  }

  /** The networks of a training that is done, before its result says that they are there. */
  async #copyFiles(folder: string, { key, status }: SourceUnit): Promise<void> {
    const done = this.#database.prepare("SELECT 1 FROM units WHERE key = ? AND status = 'done'").get(key);
    if (status !== 'done' || done !== undefined) return;
    const from = join(folder, TRAINED_FOLDER, key);
    const to = join(this.#out, TRAINED_FOLDER, key);
    await makeFolder(to);
    checkFiles(folder, key);
    for (const name of TRAINED_FILES) {
      await writeOutputFile(join(to, name), createReadStream(join(from, name)), { force: true });
    }
  }

  complete(): MergedStore {
    const plan = this.#plan;
    const count = (where: string) =>
      Number(
        this.#database
          .prepare(
            `SELECT count(*) FROM jobs JOIN units ON units.id = jobs.unit WHERE jobs.plan = ? AND ${where}`,
          )
          .pluck()
          .get(plan?.id ?? 0),
      );
    const total = count('1');
    if (plan !== undefined) this.#write({ ...plan, jobs: total });
    requireSound(this.#database, this.#out, this.#path);
    const [done, failed] = [count("units.status = 'done'"), count("units.status = 'failed'")];
    return {
      jobs: { total, done, failed, waiting: total - done - failed },
      added: { jobs: this.#jobs, evaluations: this.#evaluations },
      shard: this.#plan?.shard ?? null,
    };
  }
}

function unitsAfter(database: Database, plan: number, last: number): SourceUnit[] {
  const columns = UNIT_COLUMNS.map((column) => `units.${column} AS ${column}`).join(', ');
  return database
    .prepare(
      `SELECT units.id AS id, ${columns}, tasks.key AS taskKey, json_extract(tasks.task, '$.kind') AS kind
       FROM units JOIN tasks ON tasks.id = units.task WHERE units.plan = ? AND units.id > ? ORDER BY units.id LIMIT ?`,
    )
    .all(plan, last, STEP) as SourceUnit[];
}
