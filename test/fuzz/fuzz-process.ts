import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { FuzzAnswer, FuzzRequest } from './child.js';

// A bundle of this file lies elsewhere; both are run in the repository's root.
const root = process.cwd();

/** Without an answer for so long, a child hangs. Far above what a request takes, for machines that are busy. */
const HANG_SECONDS = 600;
const HEAP_MIB = 1024;

let bundled: Promise<string> | undefined;

/** Bundles the child from the packages' sources, once per process. */
async function bundle(): Promise<string> {
  const folder = join(root, 'node_modules/.cache/tenas-fuzz');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `child-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, 'test/fuzz/child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['tenas-source'],
    // With binaries of their own.
    external: ['sharp', 'better-sqlite3', 'onnxruntime-node', 'bullmq', 'ioredis', 'pino', 'vitest'],
    // Packages of CommonJS need it.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}

/** What a child answers, or how it ended instead. */
export type Asked<T> = { readonly answer: T } | { readonly died: string };

/** A process with limits that reads inputs. It answers one request at a time. */
export class FuzzProcess {
  readonly #child: Promise<ChildProcess>;

  constructor() {
    bundled ??= bundle();
    this.#child = bundled.then((file) =>
      fork(file, {
        execArgv: [`--max-old-space-size=${HEAP_MIB}`],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: {
          ...process.env,
          TENAS_ADDON: process.env.TENAS_ADDON ?? join(root, 'native/build/Release/tenas_native.node'),
        },
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
