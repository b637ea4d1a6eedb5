/**
 * Locks of folders that one process at a time may write to: `@tenas/runner/lock`. Apart from the rest, so that a training
 * loads nothing of batches.
 * @packageDocumentation
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import type { TenasError } from '@tenas/base';
import { explainWriteError } from '@tenas/base/output-error';
import { tryLockFile } from '@tenas/native';
import { storeError } from './errors.js';
import { hasSqlite, isSqliteError, openDatabase, requireNoOther } from './sqlite.js';

/**
 * Keeps other processes off a folder for as long as this one lives: an exclusive lock that the operating system drops when
 * the process ends, however it ends. The empty file stays.
 */
export class FileLock implements Disposable {
  readonly #release: () => void;

  /**
   * @param path of the lock file, made if it is missing
   * @param inUse the error where another process has the lock
   * @throws TenasError `inUse`; OUTPUT_PERMISSION, OUTPUT_NO_SPACE and others of the file
   */
  constructor(path: string, inUse: () => TenasError) {
    // Both lock the same bytes of the file, so a process with SQLite and one without keep each other out.
    this.#release = hasSqlite() ? lockBySqlite(path, inUse) : lockByDescriptor(path, inUse);
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}

/** Milliseconds that a lock is waited for: {@link isLocked} shares it for a moment. */
const PATIENCE = 250;

/**
 * Whether a process has the lock of a file, as far as this machine knows; null where it cannot be told.
 * @param path of the lock file
 */
export function isLocked(path: string): boolean | null {
  if (!existsSync(path)) return false;
  let database: ReturnType<typeof openDatabase> | undefined;
  try {
    database = openDatabase(path, { readonly: true, fileMustExist: true, timeout: 0 });
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (error) {
    return isSqliteError(error) && error.code.startsWith('SQLITE_BUSY') ? true : null;
  } finally {
    database?.close();
  }
}

/** @returns what drops the lock */
function lockBySqlite(path: string, inUse: () => TenasError): () => void {
  let database: ReturnType<typeof openDatabase> | undefined;
  try {
    database = openDatabase(path, { timeout: PATIENCE });
    // Else a journal lies beside the lock file for as long as it is held, and stays if the process is killed.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    return database.close.bind(database);
  } catch (error) {
    database?.close();
    if (isSqliteError(error) && error.code.startsWith('SQLITE_BUSY')) throw inUse();
    throw storeError(path, error);
  }
}

/** The same lock without SQLite. @returns what drops the lock */
export function lockByDescriptor(path: string, inUse: () => TenasError): () => void {
  let descriptor: number;
  requireNoOther(path);
  try {
    descriptor = openSync(path, 'a');
  } catch (error) {
    throw explainWriteError(error, path);
  }
  const release = () => closeSync(descriptor);
  try {
    if (tryLockFile(descriptor)) return release;
  } catch (error) {
    release();
    throw error;
  }
  release();
  throw inUse();
}
