import { countText, plural, TenasError } from '@tenas/base';
import { jobKey } from '../tasks.js';
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
import { isShortage } from './errors.js';
import { changedObjects } from './schema.js';
import { type Database, isSqliteError } from './sqlite.js';

/** A row whose contents are not those that were stored. */
export interface DamagedRow {
  readonly table: 'plans' | 'tasks' | 'units' | 'jobs';
  /** Number of the row in its table. */
  readonly id: number;
  /** Key of the row, as the row has it; the number of a plan. */
  readonly key: string;
  readonly reason: string;
  /** Whether it is not known what the row was; else what it stood for can be made again. */
  readonly lost: boolean;
}

/** Everything that is wrong with a store. */
export interface StoreDamage {
  /** What SQLite finds wrong with the pages of the file, and parts of its schema that changed. */
  readonly pages: readonly string[];
  readonly rows: readonly DamagedRow[];
  /** Rows that were compared with their checksums. */
  readonly checked: number;
}

/** Findings of SQLite that are listed at most. */
const MOST_FINDINGS = 20;

/**
 * Compares every row with its checksum and every index with its table.
 * @returns also where SQLite itself stumbles over a page
 */
export function findDamage(database: Database): StoreDamage {
  const pages = damagedPages(database);
  if (pages.length > 0) return { pages, rows: [], checked: 0 };
  const rows: DamagedRow[] = [];
  let checked = 0;
  try {
    for (const { table, id, key, reason } of comparedRows(database)) {
      checked++;
      if (reason !== null) rows.push({ table, id, key, reason, lost: isLost(reason) });
    }
  } catch (error) {
    if (!isSqliteError(error) || isShortage(error)) throw error;
    return { pages: [error.message], rows, checked };
  }
  return { pages, rows, checked };
}

/** What SQLite finds, and what changed in its schema. */
function damagedPages(database: Database): string[] {
  try {
    const found = database.pragma(`integrity_check(${MOST_FINDINGS})`) as { integrity_check: string }[];
    const messages = found.map((row) => row.integrity_check).filter((message) => message !== 'ok');
    return messages.length > 0 ? messages : changedObjects(database);
  } catch (error) {
    if (isSqliteError(error) && !isShortage(error)) return [error.message];
    throw error;
  }
}

interface Compared {
  readonly table: DamagedRow['table'];
  readonly id: number;
  readonly key: string;
  /** null: it is as it was stored. */
  readonly reason: string | null;
}

function* comparedRows(database: Database): Generator<Compared> {
  yield* comparedPlans(database);
  yield* comparedTasks(database);
  yield* comparedUnits(database);
  yield* comparedJobs(database);
}

function* comparedPlans(database: Database): Generator<Compared> {
  const plans = database
    .prepare(`SELECT ${PLAN_COLUMNS}, checksum FROM plans ORDER BY id`)
    .all() as (PlanFields & { readonly checksum: string | null })[];
  for (const plan of plans) {
    const sound = plan.checksum === planChecksum(plan);
    yield { table: 'plans', id: plan.id, key: String(plan.id), reason: sound ? null : CHECKSUM };
  }
  const latest = plans.at(-1);
  const latestId = latest?.id ?? 0;
  const planned = database.prepare('SELECT count(*) FROM jobs WHERE plan = ?').pluck().get(latestId);
  const later = database.prepare('SELECT count(*) FROM jobs WHERE plan > ?').pluck().get(latestId);
  const wrongCount = latest?.jobs != null && latest.jobs !== planned;
  if (!wrongCount && later === 0) return;
  yield { table: 'plans', id: latestId, key: String(latestId), reason: 'its jobs are not all there' };
}

function* comparedTasks(database: Database): Generator<Compared> {
  const tasks = database.prepare('SELECT id, key, task, columns, checksum FROM tasks ORDER BY id').all() as {
    id: number;
    key: string;
    task: string;
    columns: string | null;
    checksum: string | null;
  }[];
  for (const { id, key, task, columns, checksum } of tasks) {
    const ofColumns = checksum === columnsChecksum({ key, columns }) ? null : CHECKSUM;
    yield { table: 'tasks', id, key: String(key), reason: taskTextKey(task) === key ? ofColumns : KEY };
  }
}

function* comparedUnits(database: Database): Generator<Compared> {
  const units = database.prepare(
    `SELECT units.id AS id, ${SETTLED_UNIT_COLUMNS}, units.seed AS seed, units.architecture AS architecture,
       tasks.key AS taskKey
     FROM units LEFT JOIN tasks ON tasks.id = units.task ORDER BY units.id`,
  );
  for (const unit of units.iterate() as IterableIterator<UnitRow & { readonly id: number }>) {
    yield { table: 'units', id: unit.id, key: String(unit.key), reason: unitDamage(unit) };
  }
}

function* comparedJobs(database: Database): Generator<Compared> {
  const jobs = database.prepare(
    `SELECT jobs.id AS id, jobs.key AS key, units.key AS unit, jobs.architecture AS architecture,
       jobs.params AS params, jobs.flops AS flops, jobs.place AS place, jobs.checksum AS checksum, units.seed AS seed,
       units.status AS status, units.architecture AS evaluated, tasks.key AS taskKey
     FROM jobs LEFT JOIN units ON units.id = jobs.unit LEFT JOIN tasks ON tasks.id = units.task ORDER BY jobs.id`,
  );
  for (const job of jobs.iterate() as IterableIterator<JobRow & { readonly id: number }>) {
    yield { table: 'jobs', id: job.id, key: String(job.key), reason: jobDamage(job) };
  }
}

const CHECKSUM = 'its contents do not have its checksum';
const KEY = 'its contents do not have its key';
const LINK = 'it belongs to nothing';

function isLost(reason: string): boolean {
  return reason !== CHECKSUM;
}

/** A unit as it is compared. */
export interface UnitRow extends SettledUnit {
  readonly checksum: string | null;
  readonly seed: number;
  readonly architecture: string | null;
  readonly taskKey: string | null;
}

/** What is wrong with a unit; null: nothing. */
export function unitDamage(unit: UnitRow): string | null {
  if (unit.taskKey === null) return LINK;
  if (jobKey(unit.taskKey, unit.seed, unit.architecture) !== unit.key) return KEY;
  const settled = unit.status === 'done' || unit.status === 'failed';
  if (!settled) return unit.checksum === null && unit.result === null ? null : CHECKSUM;
  return unit.checksum === unitChecksum(unit) ? null : CHECKSUM;
}

/** A job as it is compared. */
export interface JobRow {
  readonly key: string;
  readonly unit: string | null;
  readonly architecture: string | null;
  readonly params: number | null;
  readonly flops: number | null;
  readonly place: number | null;
  readonly checksum: string | null;
  readonly seed: number;
  readonly status: string;
  /** Architecture of the unit; null: a search. */
  readonly evaluated: string | null;
  readonly taskKey: string | null;
}

/** What is wrong with a job; null: nothing. */
export function jobDamage(job: JobRow): string | null {
  const { key, unit, architecture, params, flops, place, checksum, seed, status, evaluated, taskKey } = job;
  if (unit === null || taskKey === null) return LINK;
  // The architecture of a search is not known before, and no part of the key.
  if (jobKey(taskKey, seed, evaluated === null ? null : architecture) !== key) return KEY;
  if (checksum === null) {
    // A job that was added to a unit that is done has no numbers until the run that added it has counted them.
    const open = params === null && flops === null && place === null;
    return open && (evaluated !== null || architecture === null) ? null : CHECKSUM;
  }
  if (status !== 'done') return CHECKSUM;
  return checksum === jobChecksum({ key, unit, architecture, params, flops, place }) ? null : CHECKSUM;
}

/** @throws TenasError `STORE_DAMAGED` where a row or a page is not as it was stored */
export function requireSound(database: Database, folder: string, path: string): void {
  const damage = findDamage(database);
  if (damage.pages.length + damage.rows.length > 0) throw damageError(folder, path, damage);
}

/** Rows that an error names. */
const NAMED_ROWS = 3;

/** The error that names what is damaged in the store of a folder, and says what to do. */
export function damageError(folder: string, path: string, { pages, rows }: StoreDamage): TenasError {
  if (pages.length > 0) {
    return new TenasError(
      'STORE_DAMAGED',
      `${path}: pages of the file are damaged (${pages[0]}); \`tenas batch retry ${folder} --damaged\` mends damaged indexes; otherwise put a copy of \`tenas batch backup\` in its place, or move the file away and run the spec again`,
      { field: 'folder', value: folder },
    );
  }
  const named = rows.slice(0, NAMED_ROWS).map(({ table, key, reason }) => `${table} ${key}: ${reason}`);
  const more = rows.length > NAMED_ROWS ? `; and ${countText(rows.length - NAMED_ROWS)} more` : '';
  return new TenasError(
    'STORE_DAMAGED',
    `${path}: ${plural(rows.length, 'damaged row')} (${named.join('; ')}${more}); \`tenas batch verify ${folder}\` lists them, \`tenas batch retry ${folder} --damaged\` and \`tenas batch run\` make them again`,
    { field: 'folder', value: folder },
  );
}
