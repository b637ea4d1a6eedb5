import { readFileSync, writeFileSync } from 'node:fs';

/** Measures how far the memory of this process grows. */
export interface PeakMemory {
  /** Bytes between the beginning and the largest resident memory since. */
  growth(): number;
}

/**
 * Begins to measure the peak of this process's resident memory; null where the system does not let a process reset its
 * peak: elsewhere than on Linux, and in some containers.
 */
export function startPeakMemory(): PeakMemory | null {
  try {
    // Of proc(5): 5 resets the peak resident set size, VmHWM.
    writeFileSync('/proc/self/clear_refs', '5');
    const before = statusBytes('VmRSS');
    return { growth: () => Math.max(0, statusBytes('VmHWM') - before) };
  } catch {
    return null;
  }
}

function statusBytes(field: string): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, kibibytes] = new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status) ?? [];
  if (kibibytes === undefined) throw new Error(`/proc/self/status has no ${field}`);
  return Number(kibibytes) * 1024;
}
