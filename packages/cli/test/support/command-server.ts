import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { requireBuild } from './built-command.js';
import type { Outcome } from './run-in-process.js';

const program = fileURLToPath(new URL('command-server.mjs', import.meta.url));

let server: ChildProcess | undefined;
/** Commands take turns: a process has one working folder. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the built command in a folder, without a terminal, in a process that all commands of a test file share. This
 * takes a tenth of the time of a process for each: for tests of what a command makes, and not of its process.
 */
export function tenasServed(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const turn = last.then(() => ask({ argv, cwd, env }));
  last = turn.catch(() => {});
  return turn;
}

function ask(request: object): Promise<Outcome> {
  const child = server ?? begin();
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null) => {
      server = undefined;
      reject(new Error(`the process of the commands ended with ${signal ?? code}`));
    };
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as Outcome);
    });
    child.send(request);
  });
}

afterAll(async () => {
  if (server === undefined) return;
  const ended = once(server, 'exit');
  server.disconnect();
  await ended;
});

/** Starts the process, which ends with this one. */
function begin(): ChildProcess {
  requireBuild();
  // The packages that were built, not their sources, which the tests use.
  server = fork(program, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return server;
}
