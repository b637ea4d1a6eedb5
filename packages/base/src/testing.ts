/** Help for tests of what comes from outside and of what a machine refuses: `@tenas/base/testing`. */

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const MEBIBYTE = 1024 * 1024;

/** Arguments of an action. */
export interface Bounds {
  /** Processor time, which other processes do not lengthen. */
  readonly seconds: number;
  readonly mebibytes: number;
}

/**
 * Runs an action that is to end soon and in little memory, and returns what it returns. Memory is the growth of the
 * process's largest resident size, which never sinks, so that no peak is missed. Throws an Error with the
 * figures where the action took more.
 */
export function expectBounded<T>(bounds: Bounds, action: () => T): T {
  const before = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  const result = action();
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const mebibytes = ((process.resourceUsage().maxRSS - before) * 1024) / MEBIBYTE;
  if (seconds > bounds.seconds || mebibytes > bounds.mebibytes) {
    throw new Error(
      `took ${seconds.toFixed(2)} s and ${mebibytes.toFixed(0)} MiB; ` +
        `at most ${bounds.seconds} s and ${bounds.mebibytes} MiB are allowed`,
    );
  }
  return result;
}

/** A disk of a test's own. */
export interface SmallDisk {
  /** null, or why there is none, for the name of a test that is skipped. */
  readonly problem: string | null;
  readonly resize: (size: string) => void;
  readonly unmount: () => void;
}

/**
 * Mounts an empty disk of a size such as `500k` at a folder, which is made; only root may do that. On it, the last bytes that
 * fit are taken without an error and the next write fails, as on any other.
 */
export function smallDisk(folder: string, size: string): SmallDisk {
  mkdirSync(folder, { recursive: true });
  const call = (command: string, ...args: string[]): string | null => {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    return status === 0 ? null : (stderr?.trim() ?? error?.message ?? 'failed');
  };
  const problem = call('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  return {
    problem: problem === null ? null : ` (skipped: a small disk cannot be mounted here: ${problem})`,
    resize: (to) => {
      const failed = call('mount', '-o', `remount,size=${to}`, folder);
      if (failed !== null) throw new Error(`cannot resize ${folder}: ${failed}`);
    },
    unmount: () => {
      call('umount', folder);
    },
  };
}
