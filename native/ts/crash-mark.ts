import { addon } from './addon.js';
import { nativeError } from './errors.js';

/**
 * From now on the file at a path is made where this process crashes: where its own code runs into SIGSEGV, SIGBUS, SIGABRT,
 * SIGFPE, SIGILL or SIGTRAP. It holds the name of the signal. A signal of another process makes none, nor does one that Node
 * handles. Eight paths at most are kept, of at most 4,095 bytes; for others nothing is made.
 * @returns what ends this
 */
export function markCrashes(path: string): () => void {
  try {
    const place = addon().markCrashes(path);
    return () => addon().unmarkCrashes(place);
  } catch (error) {
    throw nativeError(error);
  }
}
