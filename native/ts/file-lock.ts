import { addon } from './addon.js';
import { nativeError } from './errors.js';

/**
 * Locks an open file against every other process, for as long as the file is open: the operating system drops the lock
 * when the descriptor is closed or the process ends, however it ends. The lock and an exclusive transaction of SQLite on
 * the same file keep each other out.
 * @param fd a descriptor that is open for writing
 * @returns false where another process or another descriptor has the lock
 * @throws NativeError LOCK_FAILED where the file system has no locks
 */
export function tryLockFile(fd: number): boolean {
  try {
    return addon().lockFile(fd);
  } catch (error) {
    throw nativeError(error);
  }
}
