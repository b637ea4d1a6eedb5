import { TenasError } from '@tenas/base';
import { isSqliteError } from './sqlite.js';

const AFTER_DAMAGE =
  'put a copy of `tenas batch backup` in its place, or move the file away and run the spec again';

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
  ['SQLITE_NOTADB', 'STORE_DAMAGED', `this is no batch store, or its first page is damaged; ${AFTER_DAMAGE}`],
];

/** Codes of SQLite that say nothing of the file. */
const NOT_THE_FILE = ['SQLITE_MISUSE', 'SQLITE_LOCKED', 'SQLITE_INTERRUPT', 'SQLITE_ABORT'];

/** The error as the rest of the project knows it; errors that are not SQLite's stay as they are. */
export function storeError(path: string, error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  const found = MEANINGS.find(([prefix]) => error.code.startsWith(prefix));
  if (found === undefined && NOT_THE_FILE.some((code) => error.code.startsWith(code))) return error;
  // The statements are ours: where SQLite finds an error in one, the file's tables are not those that it was made for.
  const [, code, meaning] = found ?? ['', 'STORE_DAMAGED', `the file is damaged; ${AFTER_DAMAGE}`];
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
