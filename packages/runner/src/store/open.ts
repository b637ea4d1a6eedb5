import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { findDamage, type StoreDamage } from './damage.js';
import { guarded } from './errors.js';
import { FileLock, isLocked } from './lock.js';
import { lockedError } from './owner.js';
import { checkSchema, migrate, STORE_VERSION } from './schema.js';
import { type Database, openDatabase } from './sqlite.js';

/** Name of the store in a batch's folder. */
export const STORE_FILE = 'batch.sqlite';
/** Name of the lock of a batch's folder. */
export const LOCK_FILE = 'batch.lock';

/** A store that is open for reading. */
export interface OpenedStore {
  readonly path: string;
  readonly database: Database;
}

/** The path of the store in a folder. @throws TenasError `STORE_MISSING` where there is none */
export function existingStore(folder: string): string {
  const path = join(folder, STORE_FILE);
  if (existsSync(path)) return path;
  throw new TenasError(
    'STORE_MISSING',
    `${folder}: there is no ${STORE_FILE} in it; give the --out folder of \`tenas batch run\``,
    { field: 'folder', value: folder },
  );
}

/** Whether a process works on the store of a folder; null where it cannot be told. */
export function isWorkedOn(folder: string): boolean | null {
  return isLocked(join(folder, LOCK_FILE));
}

/** Removes a store that was begun, and of which nothing could be written. Only who has the lock may do that. */
export function removeEmpty(path: string): void {
  if (existsSync(path) && statSync(path).size === 0) rmSync(path);
}

/** Locks a folder for this process. @throws TenasError `STORE_LOCKED` */
export function lockStore(folder: string): FileLock {
  return new FileLock(join(folder, LOCK_FILE), () => lockedError(join(folder, STORE_FILE)));
}

/**
 * Opens the store in a folder for reading; one of an older version is upgraded before.
 * @throws TenasError `STORE_MISSING`, `STORE_INVALID`, `STORE_TOO_NEW`; `STORE_DAMAGED`; `STORE_LOCKED` where an older version
 * works on it
 */
export function openForReading(folder: string): OpenedStore {
  const path = existingStore(folder);
  const open = () => openDatabase(path, { readonly: true, timeout: 10_000 });
  return guarded(path, () => {
    const database = open();
    try {
      const version = checkSchema(database, path);
      if (version === STORE_VERSION) return { path, database };
      if (version === 0) throw emptyStore(folder, path);
    } catch (error) {
      database.close();
      throw error;
    }
    database.close();
    upgrade(folder, path);
    return { path, database: open() };
  });
}

/** The error of a store that has lost everything. */
export function emptyStore(folder: string, path: string): TenasError {
  return new TenasError(
    'STORE_DAMAGED',
    `${path}: the file is empty; put a copy of \`tenas batch backup\` in its place, or run the spec again`,
    { field: 'folder', value: folder },
  );
}

function upgrade(folder: string, path: string): void {
  using _lock = lockStore(folder);
  const database = openDatabase(path, { timeout: 10_000 });
  try {
    migrate(database, path);
  } finally {
    database.close();
  }
}

/** Compares everything in the store of a folder with its checksums. @throws TenasError as `openForReading` */
export function verifyStore(folder: string): StoreDamage {
  const { path, database } = openForReading(folder);
  try {
    return guarded(path, () => findDamage(database));
  } finally {
    database.close();
  }
}
