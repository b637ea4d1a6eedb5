/**
 * How long a test waits for what the house promises within some milliseconds. The promise is for a machine that has
 * time; tests run side by side on machines that may be busy, so they allow five times as much.
 */
export function allowed(promisedMilliseconds: number): number {
  return 5 * promisedMilliseconds;
}
