import { type ChildProcess, fork } from 'node:child_process';
import { bundleEnvironment, bundleSource } from '../../scripts/source-bundle.mjs';
import type { FuzzAnswer, FuzzRequest } from './child.js';

/** Without an answer for so long, a child hangs. Far above what a request takes, for machines that are busy. */
const HANG_SECONDS = 600;
const HEAP_MIB = 1024;

let bundled: Promise<string> | undefined;

/** What a child answers, or how it ended instead. */
export type Asked<T> = { readonly answer: T } | { readonly died: string };

/** A process with limits that reads inputs. It answers one request at a time. */
export class FuzzProcess {
  readonly #child: Promise<ChildProcess>;

  constructor() {
    bundled ??= bundleSource('test/fuzz/child.ts', 'fuzz');
    this.#child = bundled.then((file) =>
      fork(file, {
        execArgv: [`--max-old-space-size=${HEAP_MIB}`],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: { ...process.env, ...bundleEnvironment },
      }),
    );
  }

  async read(request: FuzzRequest): Promise<Asked<FuzzAnswer>> {
    return await this.#ask<FuzzAnswer>(request);
  }

  /** Names of all targets. */
  async targets(): Promise<readonly string[]> {
    const asked = await this.#ask<readonly string[]>('targets');
    if ('died' in asked) throw new Error(asked.died);
    return asked.answer;
  }

  async end(): Promise<void> {
    (await this.#child).kill('SIGKILL');
  }

  async #ask<T>(request: FuzzRequest | 'targets'): Promise<Asked<T>> {
    const child = await this.#child;
    let errors = '';
    const collect = (text: Buffer) => {
      errors = (errors + text.toString()).slice(-4000);
    };
    child.stderr?.on('data', collect);
    return await new Promise((resolve) => {
      const done = (asked: Asked<T>) => {
        clearTimeout(timer);
        child.off('message', answered);
        child.off('exit', died);
        child.stderr?.off('data', collect);
        resolve(asked);
      };
      const answered = (message: unknown) => done({ answer: message as T });
      const died = (code: number | null, signal: string | null) =>
        done({ died: `the process ended with ${signal ?? code}: ${errors}` });
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        done({ died: `no answer within ${HANG_SECONDS} s` });
      }, HANG_SECONDS * 1000);
      child.on('message', answered);
      child.on('exit', died);
      child.send(request);
    });
  }
}
