import { TenasError } from '@tenas/base';
import { isSqliteError } from './sqlite.js';

const SAFE = 'what was stored before is safe';
const NO_SPACE = 'no space left on the disk';
const AFTER_DAMAGE =
  'put a copy of `tenas batch backup` in its place, or move the file away and run the spec again';

/** Explanations of SQLite's failures; extended codes begin with these. */
const MEANINGS: readonly (readonly [prefix: string, code: string, meaning: string])[] = [
  ['SQLITE_FULL', 'OUTPUT_NO_SPACE', `${NO_SPACE}; ${SAFE}, free some space and run again`],
  [
    'SQLITE_IOERR_SHM',
    'OUTPUT_NO_SPACE',
    `no room beside it for the file that SQLite works with (a full disk, or ulimit -f); ${SAFE}`,
  ],
  ['SQLITE_IOERR_NOMEM', 'OUT_OF_MEMORY', 'out of memory'],
  ['SQLITE_IOERR', 'OUTPUT_FAILED', `reading or writing failed; ${SAFE}`],
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

/** Failures of a read that the file itself may have caused. */
const OF_THE_FILE = [
  'SQLITE_IOERR_READ',
  'SQLITE_IOERR_SHORT_READ',
  'SQLITE_IOERR_DATA',
  'SQLITE_IOERR_CORRUPTFS',
];

/** Whether SQLite failed for want of space, memory or permission, which says nothing of a file's soundness. */
export function isShortage(error: { readonly code: string }): boolean {
  const { code } = error;
  if (OF_THE_FILE.includes(code)) return false;
  return ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_NOMEM', 'SQLITE_CANTOPEN', 'SQLITE_BUSY'].some((prefix) =>
    code.startsWith(prefix),
  );
}

/** The error of a copy. @param named what a message calls the copy */
export function copyError(path: string, named: string, error: unknown): unknown {
  if (!(isSqliteError(error) && error.code.startsWith('SQLITE_FULL'))) return storeError(path, error);
  return new TenasError('OUTPUT_NO_SPACE', `${named} can't be written: the disk or quota is full`, {
    field: 'path',
    value: named,
    cause: error,
  });
}

/** Runs what touches the store, turning SQLite's errors into the project's. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(path, error);
  }
}
