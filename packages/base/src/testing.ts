/** Help for tests of readers that must not be brought to unbounded work: `@tenas/base/testing`. */

const MEBIBYTE = 1024 * 1024;

/** What an action may take. */
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
