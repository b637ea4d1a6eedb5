import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PythonProcess } from './python-process.js';

/** How a Python program ended, as from `spawnSync`. Negative: by that signal. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs Python programs, one after the other, each in a process that was forked from one with torch: loading torch takes
 * most of the time of a short program. Programs share nothing but that.
 */
export class ScriptProcess implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenas-python-'));
  readonly #python = new PythonProcess('script_process.py');

  /** Runs a program in a folder. @param argv as after `python3`: a script with its arguments, or `-c` and a text */
  async run(cwd: string, ...argv: readonly string[]): Promise<Ended> {
    const [out, err] = [join(this.#folder, 'out'), join(this.#folder, 'err')];
    const { status } = (await this.#python.ask({ cwd, argv, out, err })) as { status: number };
    return { status, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
