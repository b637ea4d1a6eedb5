import { TenasError } from '@tenas/base';
import Database from 'better-sqlite3';
import { storeError } from './errors.js';

/**
 * Keeps other coordinators off a store for as long as this process lives: an exclusive lock that the operating system
 * drops when the process ends, however it ends.
 */
export class StoreLock implements Disposable {
  readonly #database: Database.Database;

  /**
   * @param path of the lock file, made if it is missing
   * @param owner says who may hold it, for the error
   * @throws TenasError `STORE_LOCKED`
   */
  constructor(path: string, owner: () => string) {
    let database: Database.Database | undefined;
    try {
      database = new Database(path, { timeout: 0 });
      database.exec('BEGIN EXCLUSIVE');
      this.#database = database;
    } catch (error) {
      database?.close();
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
        throw new TenasError(
          'STORE_LOCKED',
          `another \`tenas batch\` works on this store (${owner()}); wait for it, stop it, or choose another --out`,
          { field: '--out' },
        );
      }
      throw storeError(path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
