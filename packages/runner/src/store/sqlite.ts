import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { TenasError } from '@tenas/base';
import type BetterSqlite3 from 'better-sqlite3';

/** A connection to a database. */
export type Database = BetterSqlite3.Database;

type Library = typeof BetterSqlite3;

const require = createRequire(import.meta.url);
let loaded: Library | undefined;

/** The version that brings its compiled library with it. It needs Node 22, and ends the process of an older Node. */
const PREBUILT_SINCE = 13;
/** The version for Node 20, which is compiled or fetched by its install script. */
const FOR_NODE_20 = '12.11.1';

/**
 * Why a version of better-sqlite3 cannot be loaded into a version of Node, or null.
 * @param library version of better-sqlite3
 * @param node version of Node
 */
export function unfit(library: string, node: string): string | null {
  if (Number.parseInt(library, 10) < PREBUILT_SINCE || Number.parseInt(node, 10) >= 22) return null;
  return (
    `better-sqlite3 ${library} needs Node 22 or later, and this is Node ${node}; use Node 22 or later, or install ` +
    `the version for Node 20 beside tenas: npm install better-sqlite3@${FOR_NODE_20} (with its script allowed)`
  );
}

/** @throws TenasError SQLITE_UNAVAILABLE with the command that helps */
function library(): Library {
  if (loaded !== undefined) return loaded;
  let version: unknown;
  try {
    version = (require('better-sqlite3/package.json') as { readonly version: unknown }).version;
    const problem = unfit(String(version), process.versions.node);
    if (problem !== null) throw new TenasError('SQLITE_UNAVAILABLE', `the store of a batch: ${problem}`);
    const found = require('better-sqlite3') as Library;
    // The compiled part is loaded by the first connection.
    new found(':memory:').close();
    loaded = found;
    return found;
  } catch (cause) {
    if (cause instanceof TenasError) throw cause;
    const name = `better-sqlite3${version === undefined ? '' : `@${String(version)}`}`;
    const reason =
      cause instanceof Error ? cause.message.split('\n')[0]?.replace(/\.? *Tried:$/, '') : String(cause);
    throw new TenasError(
      'SQLITE_UNAVAILABLE',
      `the store of a batch needs better-sqlite3, which can't be loaded: ${reason}; get it with: npm install ${name} ` +
        '(on Node 20 with its script allowed; on Node 22 and later version 13 needs none), in a clone with: npm run setup',
      { cause },
    );
  }
}

/** Whether databases can be opened here. */
export function hasSqlite(): boolean {
  try {
    library();
    return true;
  } catch {
    return false;
  }
}

/** Files that SQLite opens beside a database. */
const BESIDE = ['-wal', '-shm', '-journal'];

/**
 * Refuses what is no file where a file is opened and written: opening a pipe would wait for ever.
 * @throws TenasError STORE_INVALID
 */
export function requireNoOther(path: string): void {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return;
  const what = found.isDirectory() ? 'a folder' : 'no regular file';
  throw new TenasError('STORE_INVALID', `${path}: this is ${what}; a file is needed here, move it away`, {
    field: 'folder',
    value: path,
  });
}

/**
 * Opens a database. SQLite is loaded by the first call, so that commands without a store do without it.
 * @throws TenasError SQLITE_UNAVAILABLE; STORE_INVALID where a folder, a pipe or a device is in the file's place; SQLite's own
 * errors, see {@link isSqliteError}
 */
export function openDatabase(path: string, options: BetterSqlite3.Options): Database {
  const Connection = library();
  if (path !== ':memory:') for (const end of ['', ...BESIDE]) requireNoOther(path + end);
  return new Connection(path, options);
}

/** Whether an error is SQLite's, with a `code` such as `SQLITE_BUSY`. */
export function isSqliteError(error: unknown): error is InstanceType<Library['SqliteError']> {
  return loaded !== undefined && error instanceof loaded.SqliteError;
}
