import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markCrashes } from '@tenas/native';

/** Name of the file in a batch's folder that says that its last process crashed. */
const CRASH_FILE = 'batch.crash';
/** Longest text of it that is read. */
const LONGEST = 100;
/** Exit codes from here on stand for signals: somebody else ended the process. */
const FIRST_SIGNAL = 128;

/**
 * Leaves a mark in a batch's folder if this process crashes: if native code ends it by a signal, or if it exits with an
 * error before this is disposed of. A process that is killed from outside leaves none.
 */
export class CrashMark implements Disposable {
  readonly #path: string;
  readonly #end: () => void;
  readonly #onExit = (code: number): void => {
    if (code > 0 && code < FIRST_SIGNAL) this.#write(`exit code ${code}`);
  };

  constructor(folder: string) {
    this.#path = join(folder, CRASH_FILE);
    this.#end = markCrashes(this.#path);
    process.on('exit', this.#onExit);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#onExit);
    this.#end();
  }

  #write(what: string): void {
    try {
      writeFileSync(this.#path, what);
    } catch {
      // A full disk: then nobody knows better than after a kill.
    }
  }
}

/** Takes the mark that a crash left in a folder away. @returns what it says; null: there is none */
export function takeCrashMark(folder: string): string | null {
  const path = join(folder, CRASH_FILE);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  // Anybody may have put a pipe or a device there, which nobody should wait for.
  const text = found.isFile() && found.size <= LONGEST ? readFileSync(path, 'utf8') : '';
  // Before it is counted: a process that is killed in between must not leave a mark that the next kill is taken for.
  rmSync(path);
  return /^[\w ]+$/.test(text) ? text : 'a crash';
}
