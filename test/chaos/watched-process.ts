import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '@tenas/base';
import type { Tally } from './tally.js';

/** The command that `npm run build` makes. */
const COMMAND = join(process.cwd(), 'packages/cli/bin/tenas.js');

/** Without progress for so long a process hangs: far above all pauses of a machine that is busy. */
const HANG_SECONDS = 300;
const LOOK_MILLISECONDS = 500;

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  /** It made no progress any more and was ended. */
  readonly hung: boolean;
}

export interface StartOptions {
  readonly cwd: string;
  /** Progress shows in this folder too: in sizes and times of its files. */
  readonly folder?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** A started `tenas` that is ended if it gets nowhere. */
export class WatchedProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  /** Signals that were sent. */
  readonly sent = new Set<NodeJS.Signals>();
  #err = '';
  #isOver = false;

  constructor(args: readonly string[], { cwd, folder, environment }: StartOptions) {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd,
      // Ctrl-C is for the parent alone.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child = child;
    let out = '';
    let hung = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      for (const listener of this.#listeners) listener();
    });
    let last = '';
    let since = performance.now();
    const look = setInterval(() => {
      const now = `${out.length} ${this.#err.length} ${folder === undefined ? '' : stateOf(folder)}`;
      if (now !== last) since = performance.now();
      last = now;
      if (performance.now() - since < HANG_SECONDS * 1000) return;
      hung = true;
      child.kill('SIGKILL');
    }, LOOK_MILLISECONDS);
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearInterval(look);
        this.#isOver = true;
        for (const listener of this.#listeners) listener();
        resolve({ code, signal, out, err: this.#err, hung });
      });
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when standard error holds the text, or the process has ended. */
  async says(text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!this.#isOver && !this.#err.includes(text)) return;
        this.#listeners.delete(check);
        resolve();
      };
      this.#listeners.add(check);
      check();
    });
  }

  /** Sends a signal. @returns false where the process had ended */
  send(signal: NodeJS.Signals): boolean {
    if (this.#isOver || !this.#child.kill(signal)) return false;
    this.sent.add(signal);
    return true;
  }
}

/** Sizes and times of all files of a folder, as far as they are there while it is read. */
function stateOf(folder: string): string {
  let state = '';
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
      state += `${entry.name} ${found?.size} ${found?.mtimeMs};`;
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  return state;
}

/** Exit codes after a signal that a command hears. */
const HEARD: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Counts an end that is none of those that were asked for.
 * @param what for people, such as `tenas train after write 12`
 * @param allowed further exit codes; 0 and those of the signals that were sent are
 */
export function judgeEnd(
  tally: Tally,
  {
    process,
    what,
    allowed = [],
  }: {
    readonly process: WatchedProcess;
    readonly what: string;
    readonly allowed?: readonly (number | 'SIGKILL')[];
  },
  ended: Ended,
): void {
  const { code, signal, err } = ended;
  const said = err.trim().split('\n').slice(-12).join('\n    ');
  const codes = [0, ...allowed, ...[...process.sent].flatMap((one) => HEARD[one] ?? [])];
  const isAsked =
    signal === null
      ? codes.includes(code!)
      : process.sent.has(signal) || allowed.includes(signal as 'SIGKILL');
  const hasTrace = /^\s+at .+:\d+:\d+\)?$/m.test(err);
  if (ended.hung) tally.add('hangs', `${what} made no progress for ${HANG_SECONDS} s: ${said}`);
  else if (!isAsked) tally.add('crashes', `${what} ended with ${signal ?? code}: ${said}`);
  else if (hasTrace) tally.add('crashes', `${what} printed a stack trace: ${said}`);
}
