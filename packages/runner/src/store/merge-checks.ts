import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TenasError } from '@tenas/base';
import { parseShard, type Shard } from '../shard.js';
import { readStoredTask } from '../task-reading.js';
import { TRAINED_FILES, TRAINED_FOLDER } from '../training/train-unit.js';
import { PLAN_COLUMNS, type PlanFields } from './checksums.js';
import { requireSound } from './damage.js';
import { storeError } from './errors.js';
import { existingStore, openForReading } from './open.js';
import type { Database } from './sqlite.js';

/** The shards of a plan that has none yet. */
export const NOTHING = 'none';

/** What of a store decides whether it can be merged with others. */
export interface Mergeable {
  readonly folder: string;
  readonly plan: PlanFields;
  /** Versions of its results. */
  readonly versions: string;
}

/** What of an open store decides whether it can be merged; null: it has no plan yet. */
export function mergeable(folder: string, database: Database): Mergeable | null {
  const plan = latestPlan(database);
  if (plan === undefined) return null;
  const tasks = database.prepare('SELECT task FROM tasks').pluck().all() as string[];
  const versions = new Set(tasks.map((text) => readStoredTask(text, folder).results));
  return { folder, plan, versions: [...versions].sort().join(', ') };
}

/** The latest plan of a store; undefined: it has none. */
export function latestPlan(database: Database): PlanFields | undefined {
  return database.prepare(`SELECT ${PLAN_COLUMNS} FROM plans ORDER BY id DESC LIMIT 1`).get() as
    | PlanFields
    | undefined;
}

/**
 * Checks stores before the first is merged: each is there and sound, has the networks of its trainings, and all are of
 * one spec, one version and one number of shards.
 * @param out folder that they are merged into
 * @returns those that have a plan
 * @throws TenasError as `mergeStores`: the message names the store. The signal's reason
 */
export async function checkSources(
  out: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<readonly Mergeable[]> {
  const sources: Mergeable[] = [];
  for (const folder of folders) {
    signal.throwIfAborted();
    checkOrigin(out, folder);
    const { path, database } = openForReading(folder);
    try {
      database.exec('BEGIN');
      requireSound(database, folder, path);
      const source = mergeable(folder, database);
      if (source === null) continue;
      for (const other of sources) requireAlike(source, other);
      checkAllFiles(source, database);
      sources.push(source);
    } catch (error) {
      throw storeError(path, error);
    } finally {
      database.close();
    }
    await setImmediate();
  }
  return sources;
}

/** @throws TenasError `BATCH_MISMATCH` where a store cannot be merged with another */
export function requireAlike(store: Mergeable, other: Mergeable): void {
  const refused = (problem: string) =>
    new TenasError('BATCH_MISMATCH', problem, { field: 'shards', value: store.folder });
  if (store.plan.digest !== other.plan.digest) {
    const problem =
      store.versions === other.versions
        ? `${store.folder} is of another spec than ${other.folder}`
        : `${store.folder} has results of ${store.versions}, ${other.folder} of ${other.versions}`;
    throw refused(`${problem}; merge shards of one spec and one version`);
  }
  const [ours, theirs] = [partsOf(store.plan), partsOf(other.plan)];
  if (ours === null || theirs === null || ours.of === theirs.of) return;
  throw refused(
    `${store.folder} is shard ${store.plan.shard} of the spec, ${other.folder} has ${other.plan.shard}; merge shards of one number`,
  );
}

/** @throws TenasError `STORE_MISSING`; `OPTION_INVALID` for the folder that is merged into */
function checkOrigin(out: string, folder: string): void {
  existingStore(folder);
  const same =
    resolve(folder) === resolve(out) || (existsSync(out) && realpathSync(folder) === realpathSync(out));
  if (!same) return;
  throw new TenasError('OPTION_INVALID', `${folder}: this is the folder that is merged into; leave it out`, {
    field: 'shards',
    value: folder,
  });
}

function checkAllFiles({ folder, plan }: Mergeable, database: Database): void {
  const trained = database
    .prepare(
      `SELECT units.key FROM units JOIN tasks ON tasks.id = units.task
       WHERE units.plan = ? AND units.status = 'done' AND json_extract(tasks.task, '$.kind') = 'train'`,
    )
    .pluck()
    .all(plan.id) as string[];
  for (const key of trained) checkFiles(folder, key);
}

/** @throws TenasError `BATCH_MISMATCH` where a file of a training that is done is missing */
export function checkFiles(folder: string, key: string): void {
  const from = join(folder, TRAINED_FOLDER, key);
  const missing = TRAINED_FILES.find((name) => !existsSync(join(from, name)));
  if (missing === undefined) return;
  throw new TenasError(
    'BATCH_MISMATCH',
    `${join(from, missing)}: the network of a training that is done is missing; copy the whole folder ${folder}`,
    { field: 'shards', value: folder },
  );
}

function partsOf({ shard }: PlanFields): Shard | null {
  return shard === null || shard === NOTHING ? null : parseShard(shard);
}
