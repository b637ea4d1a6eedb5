import { hostname } from 'node:os';
import { TenasError } from '@tenas/base';
import { openDatabase } from './sqlite.js';

/** This process, as a store notes who works on it. */
export function thisOwner() {
  return { startedAt: Date.now(), host: hostname(), pid: process.pid };
}

/** The error where another process works on the store at a path. */
export function lockedError(path: string): TenasError {
  return new TenasError(
    'STORE_LOCKED',
    `another \`tenas batch\` works on this store (${lastOwner(path)}); wait for it, stop it, or choose another --out`,
    { field: '--out' },
  );
}

/** Who worked last on the store at a path, in words. */
function lastOwner(path: string): string {
  try {
    const database = openDatabase(path, { readonly: true, fileMustExist: true });
    try {
      const owner = database.prepare('SELECT host, pid FROM plans ORDER BY id DESC LIMIT 1').get() as
        | { host: string; pid: number }
        | undefined;
      return owner === undefined ? 'it just started' : `last started on ${owner.host}, process ${owner.pid}`;
    } finally {
      database.close();
    }
  } catch {
    return 'it just started';
  }
}
