import { placeOf } from '../place.js';
import { resultOf } from '../result.js';
import { taskColumns } from '../task-columns.js';
import { readStoredTask } from '../task-reading.js';
import { jobKey, type Task } from '../tasks.js';
import {
  columnsChecksum,
  jobChecksum,
  PLAN_COLUMNS,
  type PlanFields,
  planChecksum,
  SETTLED_UNIT_COLUMNS,
  type SettledUnit,
  taskTextKey,
  unitChecksum,
} from './checksums.js';
import type { Database } from './sqlite.js';

interface EarlierUnit extends SettledUnit {
  readonly id: number;
  readonly task: number;
  readonly seed: number;
  readonly architecture: string | null;
}

/**
 * Gives checksums to rows of a store without them, and brings results into the words of this version. A row that does not
 * have its key, or whose result cannot be read, gets none: it counts as damaged.
 */
export function sealEarlierRows(database: Database): void {
  const seal = (table: string) => database.prepare(`UPDATE ${table} SET checksum = ? WHERE id = ?`);
  const sealPlan = seal('plans');
  for (const plan of database.prepare(`SELECT ${PLAN_COLUMNS} FROM plans`).all() as PlanFields[]) {
    sealPlan.run(planChecksum(plan), plan.id);
  }
  const tasks = earlierTasks(database);
  const sealTask = database.prepare('UPDATE tasks SET columns = ?, checksum = ? WHERE id = ?');
  for (const [id, { key, task }] of tasks) {
    const columns = JSON.stringify(taskColumns(task));
    sealTask.run(columns, columnsChecksum({ key, columns }), id);
  }
  const sealUnit = database.prepare('UPDATE units SET checksum = ?, result = ? WHERE id = ?');
  const sealJob = database.prepare('UPDATE jobs SET place = ?, checksum = ? WHERE id = ?');
  const jobsOf = database.prepare(
    'SELECT id, key, architecture, params, flops FROM jobs WHERE unit = ? ORDER BY id',
  );
  const next = database.prepare(
    `SELECT id, task, seed, architecture, ${SETTLED_UNIT_COLUMNS} FROM units
     WHERE status IN ('done', 'failed') AND id > ? ORDER BY id LIMIT 1`,
  );
  for (let last = 0; ; ) {
    const unit = next.get(last) as EarlierUnit | undefined;
    if (unit === undefined) return;
    last = unit.id;
    const about = tasks.get(unit.task);
    if (about === undefined || jobKey(about.key, unit.seed, unit.architecture) !== unit.key) continue;
    const result = unit.status === 'done' ? currentResult(unit, about.task) : null;
    if (unit.status === 'done' && result === null) continue;
    sealUnit.run(unitChecksum({ ...unit, result }), result, unit.id);
    if (unit.status !== 'done') continue;
    for (const job of jobsOf.all(unit.id) as EarlierJob[]) {
      // Numbers that are missing are counted by the next run.
      if (job.params === null) continue;
      const place = placeIfKnown(about.task.space, job.architecture);
      sealJob.run(place, jobChecksum({ ...job, unit: unit.key, place }), job.id);
    }
  }
}

interface EarlierJob {
  readonly id: number;
  readonly key: string;
  readonly architecture: string | null;
  readonly params: number | null;
  readonly flops: number | null;
}

/** The place of an architecture; null where it cannot be read. */
function placeIfKnown(space: string, architecture: string | null): number | null {
  try {
    return placeOf(space, architecture);
  } catch {
    return null;
  }
}

/** Tasks whose text has their key, by their numbers. */
function earlierTasks(database: Database): Map<number, { readonly key: string; readonly task: Task }> {
  const tasks = new Map<number, { readonly key: string; readonly task: Task }>();
  const stored = database.prepare('SELECT id, key, task FROM tasks').all() as {
    id: number;
    key: string;
    task: string;
  }[];
  for (const { id, key, task } of stored) {
    if (taskTextKey(task) === key) tasks.set(id, { key, task: readStoredTask(task, `task ${id}`) });
  }
  return tasks;
}

/** A result as this version writes it; null: it cannot be read. */
function currentResult({ key, result }: EarlierUnit, task: Task): string | null {
  try {
    return JSON.stringify(resultOf({ key, task, result }));
  } catch {
    return null;
  }
}
