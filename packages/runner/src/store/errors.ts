import { TenasError } from '@tenas/base';
import Database from 'better-sqlite3';

/** Explanations of SQLite's failures; extended codes begin with these. */
const MEANINGS: readonly (readonly [prefix: string, code: string, meaning: string])[] = [
  [
    'SQLITE_FULL',
    'OUTPUT_NO_SPACE',
    'no space left on the disk; what was stored before is safe, free some space and run again',
  ],
  ['SQLITE_IOERR_NOMEM', 'OUT_OF_MEMORY', 'out of memory'],
  ['SQLITE_IOERR', 'OUTPUT_FAILED', 'reading or writing failed; what was stored before is safe'],
  ['SQLITE_NOMEM', 'OUT_OF_MEMORY', 'out of memory'],
  ['SQLITE_READONLY', 'OUTPUT_PERMISSION', 'the file cannot be written'],
  ['SQLITE_CANTOPEN', 'OUTPUT_PERMISSION', 'the file cannot be opened'],
  ['SQLITE_PERM', 'OUTPUT_PERMISSION', 'permission denied'],
  ['SQLITE_BUSY', 'STORE_BUSY', 'another process keeps it locked'],
  ['SQLITE_CORRUPT', 'STORE_INVALID', 'the file is damaged'],
  ['SQLITE_NOTADB', 'STORE_INVALID', 'this is no batch store'],
];

/** The error as the rest of the project knows it; errors that are not SQLite's stay as they are. */
export function storeError(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const found = MEANINGS.find(([prefix]) => error.code.startsWith(prefix));
  if (found === undefined) return error;
  const [, code, meaning] = found;
  return new TenasError(code, `${path}: ${meaning} (${error.message})`, { cause: error });
}

/** Runs what touches the store, turning SQLite's errors into the project's. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(path, error);
  }
}
