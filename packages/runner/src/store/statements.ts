import type BetterSqlite3 from 'better-sqlite3';
import { LONGEST_PAUSE } from '../failures.js';
import { PLAN_COLUMNS, SETTLED_UNIT_COLUMNS } from './checksums.js';

// No pause is that long: what seems to wait longer was written before the clock was set back.
const DUE = `(not_before <= @now OR not_before > @now + ${LONGEST_PAUSE})`;

/** How often a process ended while the unit was running. */
const ENDINGS = '(crashes + interruptions)';

const WAITING = `SELECT id, key, seed, architecture, attempts FROM units
    WHERE status = 'pending' AND plan = @plan AND task = @task AND ${DUE}`;

/** Statements that change something or whose rows are objects. */
const ROWS = {
  addPlan: `INSERT INTO plans (spec, digest, shard, started_at, host, pid)
       VALUES (@spec, @digest, @shard, @startedAt, @host, @pid)`,
  latestPlan: `SELECT ${PLAN_COLUMNS} FROM plans ORDER BY id DESC LIMIT 1`,
  reopenPlan: 'UPDATE plans SET started_at = @startedAt, host = @host, pid = @pid WHERE id = @id',
  plan: `SELECT ${PLAN_COLUMNS} FROM plans WHERE id = ?`,
  sealPlan: 'UPDATE plans SET checksum = ? WHERE id = ?',
  addJob: `INSERT INTO jobs (key, unit, plan, position, architecture) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET plan = excluded.plan, position = excluded.position`,
  planned: 'UPDATE plans SET jobs = ? WHERE id = ?',
  next: `SELECT task, seed FROM units
       WHERE status = 'pending' AND plan = @plan AND ${DUE} AND ${ENDINGS} < @often
       ORDER BY task, seed, id LIMIT 1`,
  waitingOfSeed: `${WAITING} AND ${ENDINGS} < @often AND seed = @seed ORDER BY id LIMIT @most`,
  waitingOfTask: `${WAITING} AND ${ENDINGS} < @often ORDER BY seed, id LIMIT @most`,
  // Units that were running less often first: a machine that is switched off again and again has hit them by chance,
  // and none of many is taken for the culprit before all are.
  nextSuspect: `SELECT task, id FROM units
       WHERE status = 'pending' AND plan = @plan AND ${DUE} AND ${ENDINGS} >= @often
       ORDER BY ${ENDINGS}, task, seed, id LIMIT 1`,
  suspect: `${WAITING} AND id = @id`,
  setStatus: 'UPDATE units SET status = ? WHERE id = ?',
  release: "UPDATE units SET status = 'pending' WHERE id = ? AND status IN ('running', 'queued')",
  finish: `UPDATE units SET status = 'done', attempts = attempts + 1, result = @result, seconds = @seconds, isa = @isa,
         worker = @worker, finished_at = @now, error_code = NULL, error = NULL
       WHERE key = @key AND status <> 'done' RETURNING id, task, attempts`,
  settled: `SELECT ${SETTLED_UNIT_COLUMNS} FROM units WHERE id = ?`,
  sealUnit: 'UPDATE units SET checksum = ? WHERE id = ?',
  jobsOfUnit: 'SELECT id, key, architecture FROM jobs WHERE unit = ?',
  // Jobs that a spec added to a unit that was done before.
  uncounted: `SELECT jobs.id AS id, jobs.key AS key, units.key AS unit, units.task AS task, jobs.architecture AS architecture
       FROM jobs JOIN units ON units.id = jobs.unit
       WHERE jobs.plan = ? AND jobs.checksum IS NULL AND units.status = 'done'`,
  finishJob: `UPDATE jobs SET architecture = @architecture, params = @params, flops = @flops, place = @place,
         checksum = @checksum WHERE id = @id`,
  addTask: `INSERT INTO tasks (key, task, columns, checksum) VALUES (@key, @task, @columns, @checksum)
       ON CONFLICT (key) DO UPDATE SET columns = excluded.columns, checksum = excluded.checksum`,
  retryFailed: `UPDATE units SET status = 'pending', attempts = 0, interruptions = 0, crashes = 0, progress = 0,
         not_before = 0, checksum = NULL WHERE status = 'failed'`,
  removeJobs: 'DELETE FROM jobs WHERE plan <> (SELECT max(id) FROM plans)',
  removeUnits: 'DELETE FROM units WHERE id NOT IN (SELECT unit FROM jobs)',
  removeTasks: 'DELETE FROM tasks WHERE id NOT IN (SELECT task FROM units)',
  interrupted:
    "UPDATE units SET status = 'pending', interruptions = interruptions + 1 WHERE status = 'running'",
  crashed: "UPDATE units SET status = 'pending', crashes = crashes + 1 WHERE status = 'running'",
  progressed: `UPDATE units SET progress = @progress, interruptions = 0, crashes = 0
       WHERE id = @id AND progress < @progress`,
  unqueue: "UPDATE units SET status = 'pending' WHERE status = 'queued'",
} as const;

/** Statements whose rows are single values. */
const VALUES = {
  taskId: 'SELECT id FROM tasks WHERE key = ?',
  addUnit: `INSERT INTO units (key, plan, task, seed, architecture) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET plan = excluded.plan RETURNING id`,
  countJobs: 'SELECT count(*) FROM jobs',
  countPlanned: 'SELECT count(*) FROM jobs WHERE plan = ?',
  countWaiting: `SELECT count(*) FROM (SELECT 1 FROM units WHERE status = 'pending' AND plan = @plan AND ${DUE}
       LIMIT @limit)`,
  nextRetry: "SELECT min(not_before) FROM units WHERE status = 'pending' AND plan = ?",
  countJobsOfUnit: 'SELECT count(*) FROM jobs WHERE unit = ?',
  fail: `UPDATE units SET status = @status, attempts = @attempts, not_before = @notBefore, error_code = @code,
         error = @message WHERE key = @key AND status NOT IN ('done', 'failed') RETURNING id`,
  giveUpCrashing: `UPDATE units SET status = 'failed', error_code = 'JOB_CRASHES', error = @error
       WHERE status = 'pending' AND crashes >= @most RETURNING id`,
  giveUpKilled: `UPDATE units SET status = 'failed', error_code = 'JOB_KILLED', error = @error
       WHERE status = 'pending' AND interruptions >= @most RETURNING id`,
  countFailedJobs:
    "SELECT count(*) FROM jobs JOIN units ON units.id = jobs.unit WHERE units.status = 'failed'",
  hasEnded: "SELECT 1 FROM units WHERE key = ? AND status IN ('done', 'failed')",
  unitKeys: 'SELECT key FROM units',
  taskIds: 'SELECT id FROM tasks ORDER BY id',
  taskText: 'SELECT task FROM tasks WHERE id = ?',
} as const;

/** Statements whose rows are arrays. */
const TUPLES = {
  jobsByStatus: `SELECT units.status, count(*) FROM jobs JOIN units ON units.id = jobs.unit WHERE jobs.plan = ? GROUP BY 1`,
  unitsByStatus: 'SELECT status, count(*) FROM units WHERE plan = ? GROUP BY 1',
  waitingByTask: `SELECT task, count(*) FROM units WHERE plan = ? AND status = 'pending' GROUP BY 1`,
} as const;

type Name = keyof typeof ROWS | keyof typeof VALUES | keyof typeof TUPLES;

/** The SQL statements of the store. */
export type Statements = Readonly<Record<Name, BetterSqlite3.Statement>>;

/** Prepares the statements of a store that is open for writing. */
export function prepareStatements(database: BetterSqlite3.Database): Statements {
  const prepared = [
    ...Object.entries(ROWS).map(([name, sql]) => [name, database.prepare(sql)] as const),
    ...Object.entries(VALUES).map(([name, sql]) => [name, database.prepare(sql).pluck()] as const),
    ...Object.entries(TUPLES).map(([name, sql]) => [name, database.prepare(sql).raw()] as const),
  ];
  return Object.fromEntries(prepared) as Statements;
}
