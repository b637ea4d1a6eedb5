import { describeValue, TenasError } from '@tenas/base';
import { sealEarlierRows } from './earlier-rows.js';
import { isViewSound, makeResultsView } from './results-view.js';
import { type Database, openDatabase } from './sqlite.js';

/** A step from one version of the schema to the next. */
interface Migration {
  readonly sql: string;
  /** Completes the rows that are there already. */
  readonly rows?: (database: Database) => void;
}

/**
 * Migrations of a store from each version of its schema to the next. Released steps never change; a new version is a
 * new step.
 *
 * - `plans`: one per run, the latest counts; `jobs` is null until all of them are there. `shard`, since version 2: the
 *   shards of it that the store has, as `0,2/7`; null: all of it.
 * - `tasks`: settings shared by many units, as canonical JSON.
 * - `units`: what is evaluated, once. `queued`: handed to a Redis queue.
 * - `jobs`: rows of the results. Jobs on isomorphic cells share a unit.
 * - `checksum`, since version 2: of a plan, of a task's columns, of a unit that is done or has failed, of a job whose unit
 *   is done. Everything else has its key.
 * - `tasks.columns`, since version 2: the columns of results that the task decides, as JSON. `jobs.place`: the place of the
 *   architecture in the enumeration of its space. The view `results` shows them with the rest.
 * - `units.crashes`, since version 3: how often the process crashed while it was running; `interruptions`: how often it
 *   was ended otherwise. Both since a try got further than any before; `progress` is the share of the work that one did.
 */
const MIGRATIONS: readonly Migration[] = [
  {
    sql: `CREATE TABLE plans (
     id INTEGER PRIMARY KEY,
     spec TEXT NOT NULL,
     digest TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     host TEXT NOT NULL,
     pid INTEGER NOT NULL,
     jobs INTEGER
   );
   CREATE TABLE tasks (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     task TEXT NOT NULL
   );
   CREATE TABLE units (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     plan INTEGER NOT NULL,
     task INTEGER NOT NULL REFERENCES tasks (id),
     seed INTEGER NOT NULL,
     architecture TEXT,
     status TEXT NOT NULL DEFAULT 'pending'
       CHECK (status IN ('pending', 'queued', 'running', 'done', 'failed')),
     attempts INTEGER NOT NULL DEFAULT 0,
     interruptions INTEGER NOT NULL DEFAULT 0,
     not_before INTEGER NOT NULL DEFAULT 0,
     seconds REAL,
     isa TEXT,
     worker TEXT,
     finished_at INTEGER,
     result TEXT,
     error_code TEXT,
     error TEXT
   );
   CREATE INDEX units_next ON units (status, plan, task, seed, id);
   CREATE TABLE jobs (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     unit INTEGER NOT NULL REFERENCES units (id),
     plan INTEGER NOT NULL,
     position INTEGER NOT NULL,
     architecture TEXT,
     params INTEGER,
     flops INTEGER
   );
   CREATE INDEX jobs_unit ON jobs (unit);
   CREATE INDEX jobs_order ON jobs (plan, position);`,
  },
  {
    sql: `ALTER TABLE plans ADD COLUMN shard TEXT;
   ALTER TABLE plans ADD COLUMN checksum TEXT;
   ALTER TABLE tasks ADD COLUMN columns TEXT;
   ALTER TABLE tasks ADD COLUMN checksum TEXT;
   ALTER TABLE units ADD COLUMN checksum TEXT;
   ALTER TABLE jobs ADD COLUMN place INTEGER;
   ALTER TABLE jobs ADD COLUMN checksum TEXT;`,
    rows: (database) => {
      sealEarlierRows(database);
      makeResultsView(database);
    },
  },
  {
    sql: `ALTER TABLE units ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE units ADD COLUMN progress REAL NOT NULL DEFAULT 0;`,
  },
];

/** Version that this build reads and writes. */
export const STORE_VERSION = MIGRATIONS.length;

/** "tena" as a number: tells a batch store from other SQLite files. */
const APPLICATION_ID = 0x74656e61;

/** @throws TenasError `STORE_INVALID`, `STORE_TOO_NEW` */
export function checkSchema(database: Database, path: string): number {
  const version = Number(database.pragma('user_version', { simple: true }));
  const application = Number(database.pragma('application_id', { simple: true }));
  const empty = database.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0;
  if (application !== APPLICATION_ID && !(version === 0 && empty)) {
    throw new TenasError('STORE_INVALID', `${path}: this is no batch store`, { field: 'store', value: path });
  }
  if (version > STORE_VERSION) {
    throw new TenasError(
      'STORE_TOO_NEW',
      `${path}: a newer tenas wrote this store (version ${version}, this one knows ${STORE_VERSION}); update tenas`,
      { field: 'store', value: version },
    );
  }
  return version;
}

/** Brings the store to {@link STORE_VERSION} in one transaction. */
export function migrate(database: Database, path: string): void {
  const upgrade = database.transaction(() => {
    const version = checkSchema(database, path);
    for (const { sql, rows } of MIGRATIONS.slice(version)) {
      database.exec(sql);
      rows?.(database);
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${STORE_VERSION}`);
  });
  if (checkSchema(database, path) < STORE_VERSION) upgrade.immediate();
}

/** Definitions of tables and indexes, by their names. */
function objectsOf(database: Database): Map<string, string> {
  const objects = database.prepare('SELECT name, sql FROM sqlite_master').raw().all() as [
    string,
    string | null,
  ][];
  return new Map(objects.map(([name, sql]) => [name, String(sql ?? '').replace(/\s+/g, ' ')]));
}

let expected: Map<string, string> | undefined;

/**
 * Tables, indexes and the view that are not as {@link migrate} makes them, as messages. Others may be there, too, but no
 * triggers: these would change what tenas writes.
 */
export function changedObjects(database: Database): string[] {
  if (expected === undefined) {
    const fresh = openDatabase(':memory:', {});
    for (const { sql } of MIGRATIONS) fresh.exec(sql);
    expected = objectsOf(fresh);
    fresh.close();
  }
  const actual = objectsOf(database);
  const changed = [...expected].filter(([name, sql]) => actual.get(name) !== sql).map(([name]) => name);
  if (changed.length === 0 && !isViewSound(database)) changed.push('the view');
  const triggers = database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all();
  return [
    ...changed.map((name) => `the definition of ${name} changed`),
    ...triggers.map((name) => `the trigger ${describeValue(name)} is not of tenas`),
  ];
}
