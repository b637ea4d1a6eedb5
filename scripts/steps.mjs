// Saying what happens while it happens, and running the commands that make it happen.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository, without a trailing slash. */
export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** A step that failed for a reason that the message explains completely: shown without a stack trace. */
export class StepError extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {number} since a `performance.now()` value @returns {string} e.g. `3.2 s` */
export function elapsed(since) {
  const seconds = (performance.now() - since) / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, capture?: boolean | 'all' }} [options]
 *   `capture` collects stdout and returns it while stderr goes to the terminal; 'all' collects stderr as well
 * @returns {Promise<{ code: number, stdout: string }>} code is 128 + n after signal n, as in a shell
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd ?? repositoryRoot,
      env: { ...process.env, ...options.env },
      stdio: [
        'inherit',
        options.capture ? 'pipe' : 'inherit',
        options.capture === 'all' ? 'pipe' : 'inherit',
      ],
      shell: process.platform === 'win32' && command === 'npm',
    });
    let stdout = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        stdout += text;
      });
    }
    // A terminal sends Ctrl-C to the child as well; this process waits for it to finish and tell why.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    const forward = () => child.kill('SIGTERM');
    process.on('SIGTERM', forward);
    const settle = () => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', forward);
    };
    child.on('error', (error) => {
      settle();
      reject(new StepError(`could not start \`${command}\`: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      settle();
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 143), stdout });
    });
  });
}

/**
 * Runs a command that has to succeed.
 * @param {string} command @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, capture?: boolean }} [options]
 */
export async function runOrFail(command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    const shown = [command, ...args].join(' ');
    throw new StepError(
      `\`${shown}\` failed with exit code ${result.code}; its messages are above`,
      result.code,
    );
  }
  return result;
}

/** Seconds between the signs of life of a command whose output is held back. */
const signOfLife = 20;

/**
 * Runs a command that takes long and talks much: its output is shown only if it fails, or with TENAS_SETUP_VERBOSE=1;
 * a line now and then says that it is still at work.
 * @param {string} command @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
export async function runQuietly(command, args, options) {
  if (process.env.TENAS_SETUP_VERBOSE === '1') return await runOrFail(command, args, options);
  const start = performance.now();
  const timer = setInterval(() => say(`  still at it after ${elapsed(start)}`), signOfLife * 1000);
  try {
    const result = await run(command, args, { ...options, capture: 'all' });
    if (result.code !== 0) {
      process.stderr.write(result.stdout);
      throw new StepError(
        `\`${[command, ...args].join(' ')}\` failed with exit code ${result.code}; its messages are above`,
        result.code,
      );
    }
    return result;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a script's main function, turning errors into a message and an exit code.
 * @param {() => Promise<number | undefined>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (error instanceof StepError) {
      say(`\nerror: ${error.message}`);
      process.exitCode = error.exitCode;
    } else {
      throw error;
    }
  }
}

/** Whether the module at `url` is the script that node was started with. @param {string} url */
export function isMain(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];
}
