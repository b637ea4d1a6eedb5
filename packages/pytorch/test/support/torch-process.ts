import { execFileSync } from 'node:child_process';
import { PYTHON, PythonProcess } from './python-process.js';

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
  readonly #python = new PythonProcess('torch_process.py');

  /**
   * Loads the bundle in a folder, runs `inputs.safetensors` (images, labels) through it in eval and training mode, makes a
   * step and writes `outputs.safetensors`: `eval`, `train`, and the state_dict after the step with `after.` before its names.
   */
  async run(request: { readonly folder: string; readonly step: object | null }): Promise<TorchAnswer> {
    return (await this.#python.ask(request)) as TorchAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python[Symbol.asyncDispose]();
  }
}
