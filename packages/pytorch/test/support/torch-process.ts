import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Debian's interpreter: the only one that sees Debian's packages. */
export const PYTHON = '/usr/bin/python3';

/** Python leaves no compiled files beside the sources. */
export const pythonEnvironment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' };

function runs(program: string): boolean {
  try {
    execFileSync(PYTHON, ['-c', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether there is no Python at all. */
export function pythonMissing(): boolean {
  return !runs('');
}

/** Why tests with PyTorch cannot run here; null: they can. */
export function torchMissing(): string | null {
  // Importing it takes seconds in every file that asks.
  return runs('import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)')
    ? null
    : `needs ${PYTHON} with torch: apt-get install python3-torch`;
}

/** What one network did in PyTorch. Tensors are in files, for they are many. */
export interface TorchAnswer {
  /** The Python error, if there was one. */
  readonly error?: string;
  readonly parameters: number;
  readonly loss: number;
}

/** A Python process that loads networks, one request at a time. */
export class TorchProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const script = fileURLToPath(new URL('torch_process.py', import.meta.url));
    this.#child = spawn(PYTHON, [script], { stdio: ['pipe', 'pipe', 'inherit'], env: pythonEnvironment });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Loads the bundle in a folder, runs `inputs.safetensors` (images, labels) through it in eval and training mode, makes a
   * step and writes `outputs.safetensors`: `eval`, `train`, and the state_dict after the step with `after.` before its names.
   */
  async run(request: { readonly folder: string; readonly step: object | null }): Promise<TorchAnswer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('Python ended; its error is above');
    return JSON.parse(value) as TorchAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin!.end();
    await ended;
  }
}
