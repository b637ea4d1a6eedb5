import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** `onnx.checker` in a Python process, one model at a time. */
export class OnnxChecker implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #path: string;

  /** @param python an interpreter that has `onnx` @param folder for the models */
  constructor(python: string, folder: string) {
    const script = fileURLToPath(new URL('onnx_checker.py', import.meta.url));
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    this.#child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    this.#path = join(folder, 'checked.onnx');
  }

  /** The message of the checker, with shapes inferred strictly; null where it takes the model. */
  async problem(model: Uint8Array): Promise<string | null> {
    writeFileSync(this.#path, model);
    this.#child.stdin!.write(`${JSON.stringify(this.#path)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('Python ended; its error is above');
    return JSON.parse(value) as string | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin!.end();
    await ended;
  }
}
