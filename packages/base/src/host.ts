import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** The machine that a process runs on. */
export interface Host {
  readonly cpu: string;
  readonly cores: number;
  /** Operating system and architecture. */
  readonly platform: string;
  readonly memoryBytes: number;
  readonly node: string;
}

/** The machine that this process runs on. */
export function describeHost(): Host {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() || 'unknown processor',
    cores: Math.max(1, processors.length),
    platform: `${process.platform} ${process.arch}`,
    memoryBytes: totalmem(),
    node: process.versions.node,
  };
}

/** How Linux chooses the frequency of the first core, e.g. `performance`; null where that is unknown. */
export function frequencyGovernor(): string | null {
  try {
    return readFileSync('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'utf8').trim().slice(0, 100);
  } catch {
    return null;
  }
}

/** Processes that run or wait, averaged over the last minute; 0 on Windows, which does not tell. */
export function currentLoad(): number {
  return loadavg()[0] ?? 0;
}

/** A quarter of a core that is busy with something else already shows in medians. */
const LOAD_PER_CORE = 0.25;

/**
 * What is wrong with the load of a machine, for a person; null: nothing.
 * @param load before anything was measured, see {@link currentLoad}
 */
export function loadWarning(load: number, cores: number): string | null {
  if (load <= LOAD_PER_CORE * cores) return null;
  return `the load average is ${load.toFixed(2)} on ${cores} cores: other work disturbs these measurements`;
}
