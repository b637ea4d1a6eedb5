import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON, pythonEnvironment } from './torch-process.js';

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
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const script = fileURLToPath(new URL('script_process.py', import.meta.url));
    this.#child = spawn(PYTHON, [script], { stdio: ['pipe', 'pipe', 'inherit'], env: pythonEnvironment });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Runs a program in a folder. @param argv as after `python3`: a script with its arguments, or `-c` and a text */
  async run(cwd: string, ...argv: readonly string[]): Promise<Ended> {
    const [out, err] = [join(this.#folder, 'out'), join(this.#folder, 'err')];
    this.#child.stdin!.write(`${JSON.stringify({ cwd, argv, out, err })}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('Python ended; its error is above');
    const { status } = JSON.parse(value) as { status: number };
    return { status, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}
