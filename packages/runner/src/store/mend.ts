import { taskColumns } from '../task-columns.js';
import { readStoredTask } from '../task-reading.js';
import { columnsChecksum, PLAN_COLUMNS, type PlanFields, planChecksum } from './checksums.js';
import { type DamagedRow, damageError, findDamage } from './damage.js';
import { guarded } from './errors.js';
import { emptyStore, existingStore, lockStore } from './open.js';
import { makeResultsView } from './results-view.js';
import { checkSchema, migrate } from './schema.js';
import { type Database, isSqliteError, openDatabase } from './sqlite.js';

/** How damage of a store was mended. */
export interface MendedStore {
  /** Rows that were damaged. */
  readonly damaged: readonly DamagedRow[];
  /** Evaluations that wait again. */
  readonly evaluations: number;
  /** Rows that were removed, since it is not known what they were; the next run adds those that its spec asks for. */
  readonly removed: number;
  /** Whether indexes were made again. */
  readonly indexes: boolean;
}

/**
 * Makes damaged indexes of a store again, and re-queues what is damaged in its rows.
 * @param folder of the batch
 * @throws TenasError `STORE_DAMAGED` where pages of tables are damaged; `STORE_MISSING`, `STORE_LOCKED`
 */
export function mendStore(folder: string): MendedStore {
  const path = existingStore(folder);
  using _lock = lockStore(folder);
  return guarded(path, () => {
    const database = openDatabase(path, { timeout: 10_000 });
    try {
      if (checkSchema(database, path) === 0) throw emptyStore(folder, path);
      migrate(database, path);
      const before = findDamage(database);
      const indexes = before.pages.length > 0;
      if (indexes) remakeIndexes(database);
      const damage = indexes ? findDamage(database) : before;
      if (damage.pages.length > 0) throw damageError(folder, path, damage);
      const mend = database.transaction(() => mendRows(database, damage.rows));
      const mended = { damaged: damage.rows, indexes, ...mend.immediate() };
      const after = findDamage(database);
      if (after.pages.length + after.rows.length > 0) throw damageError(folder, path, after);
      return mended;
    } finally {
      database.close();
    }
  });
}

/** The view and indexes from their tables; then the file from its tables. What SQLite cannot do is found by the comparison after it. */
function remakeIndexes(database: Database): void {
  const steps = [
    () => database.exec('REINDEX'),
    () => makeResultsView(database),
    () => database.exec('VACUUM'),
  ];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (!isSqliteError(error) || !error.code.startsWith('SQLITE_CORRUPT')) throw error;
    }
  }
}

function mendRows(
  database: Database,
  damaged: readonly DamagedRow[],
): { readonly evaluations: number; readonly removed: number } {
  const again = new Set<number>();
  const forgotten = new Set<number>();
  const units = (where: string, id: number) =>
    database.prepare(`SELECT id FROM units WHERE ${where}`).pluck().all(id) as number[];
  let removed = 0;
  const remove = (table: string, id: number) => {
    removed += database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id).changes;
  };
  for (const { table, id, lost } of damaged) {
    if (table === 'tasks') {
      if (!lost) sealColumns(database, id);
      else for (const unit of units('task = ?', id)) forgotten.add(unit);
    } else if (table === 'units') {
      if (lost) forgotten.add(id);
      else again.add(id);
    } else if (table === 'jobs') {
      for (const unit of units('id = (SELECT unit FROM jobs WHERE id = ?)', id)) again.add(unit);
      if (lost) remove('jobs', id);
    }
  }
  const removeJobs = database.prepare('DELETE FROM jobs WHERE unit = ?');
  for (const unit of forgotten) {
    again.delete(unit);
    removed += removeJobs.run(unit).changes;
    remove('units', unit);
  }
  for (const { table, id, lost } of damaged) if (table === 'tasks' && lost) remove('tasks', id);
  makeResultsView(database);
  requeue(database, again);
  if (removed > 0 || damaged.some(({ table }) => table === 'plans')) replan(database);
  return { evaluations: again.size, removed };
}

/** Makes the columns of a task again. */
function sealColumns(database: Database, id: number): void {
  const stored = database.prepare('SELECT key, task FROM tasks WHERE id = ?').get(id);
  const { key, task } = stored as { key: string; task: string };
  const columns = JSON.stringify(taskColumns(readStoredTask(task, `task ${key}`)));
  const seal = database.prepare('UPDATE tasks SET columns = ?, checksum = ? WHERE id = ?');
  seal.run(columns, columnsChecksum({ key, columns }), id);
}

function requeue(database: Database, units: Iterable<number>): void {
  const unit = database.prepare(
    `UPDATE units SET status = 'pending', attempts = 0, interruptions = 0, crashes = 0, progress = 0,
       not_before = 0, seconds = NULL, isa = NULL, worker = NULL, finished_at = NULL, result = NULL, error_code = NULL, error = NULL, checksum = NULL
     WHERE id = ?`,
  );
  // What a search found is found again.
  const jobs = database.prepare(
    `UPDATE jobs SET params = NULL, flops = NULL, place = NULL, checksum = NULL,
       architecture = CASE WHEN (SELECT architecture FROM units WHERE units.id = jobs.unit) IS NULL
         THEN NULL ELSE architecture END
     WHERE unit = ?`,
  );
  for (const id of units) {
    unit.run(id);
    jobs.run(id);
  }
}

/** The next run reads its spec as a new one, and adds what is missing. */
function replan(database: Database): void {
  const latest = Number(database.prepare('SELECT max(id) FROM plans').pluck().get() ?? 0);
  database.prepare("UPDATE plans SET digest = '', jobs = NULL WHERE id = ?").run(latest);
  const seal = database.prepare('UPDATE plans SET checksum = ? WHERE id = ?');
  const plans = database.prepare(`SELECT ${PLAN_COLUMNS} FROM plans`).all() as PlanFields[];
  for (const plan of plans) seal.run(planChecksum(plan), plan.id);
}
