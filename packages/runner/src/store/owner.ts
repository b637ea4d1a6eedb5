import { hostname } from 'node:os';
import Database from 'better-sqlite3';

/** This process, as a store notes who works on it. */
export function thisOwner() {
  return { startedAt: Date.now(), host: hostname(), pid: process.pid };
}

/** Who worked last on the store at a path, in words. */
export function lastOwner(path: string): string {
  try {
    const database = new Database(path, { readonly: true, fileMustExist: true });
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
