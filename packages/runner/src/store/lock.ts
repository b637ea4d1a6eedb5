/**
 * Locks of folders that one process at a time may write to: `@tenas/runner/lock`. Apart from the rest, so that a training
 * loads nothing of batches.
 * @packageDocumentation
 */
import type { TenasError } from '@tenas/base';
import Database from 'better-sqlite3';
import { storeError } from './errors.js';

/**
 * Keeps other processes off a folder for as long as this one lives: an exclusive lock that the operating system drops when
 * the process ends, however it ends. The empty file stays.
 */
export class FileLock implements Disposable {
  readonly #database: Database.Database;

  /**
   * @param path of the lock file, made if it is missing
   * @param inUse the error where another process has the lock
   * @throws TenasError `inUse`; OUTPUT_PERMISSION, OUTPUT_NO_SPACE and others of the file
   */
  constructor(path: string, inUse: () => TenasError) {
    let database: Database.Database | undefined;
    try {
      database = new Database(path, { timeout: 0 });
      database.exec('BEGIN EXCLUSIVE');
      this.#database = database;
    } catch (error) {
      database?.close();
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) throw inUse();
      throw storeError(path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
