import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The script that `tenas` runs. */
export const command = fileURLToPath(new URL('../../bin/tenas.js', import.meta.url));

/** Fails with the way out where the packages are not built. */
export function requireBuild(): void {
  const built = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  if (!existsSync(built)) throw new Error('the command is not built: run `npm run setup` (npm test does)');
}

/** What a command returned and printed. */
export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** How a process ended. */
export interface Ended extends Printed {
  /** Milliseconds from start to end. */
  readonly elapsed: number;
}

/** A command that was started, in a process of its own or in this one. */
export interface Started {
  readonly ended: Promise<Ended>;
  /** Resolves when standard error holds the text. */
  readonly says: (text: string) => Promise<void>;
  /** As Ctrl-C does. */
  readonly interrupt: () => void;
}

/** A started `tenas`, as from a shell without a terminal. */
export interface Running extends Started {
  readonly child: ChildProcess;
}

/** Starts the built command. @param env variables besides those of this process */
export function start(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  return startNode([command, ...args], cwd, env);
}

const running = new Set<ChildProcess>();

// Where a test failed before it stopped them: they outlive no test file.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts Node with these arguments. @param env variables besides those of this process */
export function startNode(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  const begin = performance.now();
  const options = { cwd, env: { ...process.env, ...env } };
  const child = spawn(process.execPath, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let out = '';
  const err = new Said();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.add(text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err: err.text, elapsed: performance.now() - begin }));
  });
  return { child, ended, says: err.before(ended), interrupt: () => child.kill('SIGINT') };
}

/** Standard error of a command that runs. */
export class Said {
  #text = '';
  readonly #waiting = new Set<() => void>();

  get text(): string {
    return this.#text;
  }

  add(text: string): void {
    this.#text += text;
    for (const check of this.#waiting) check();
  }

  /** {@link Started.says} of a command that ends so. */
  before(ended: Promise<unknown>): Started['says'] {
    return (text) =>
      new Promise<void>((resolve, reject) => {
        const check = () => {
          if (!this.#text.includes(text)) return;
          this.#waiting.delete(check);
          resolve();
        };
        this.#waiting.add(check);
        check();
        ended.then(() => reject(new Error(`ended without saying "${text}": ${this.#text}`)), reject);
      });
  }
}

/** Runs the built command to its end. */
export function tenasBuilt(args: readonly string[], cwd: string): Promise<Ended> {
  return start(args, cwd).ended;
}
