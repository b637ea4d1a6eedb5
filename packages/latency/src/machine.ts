import { cpus, loadavg, totalmem } from 'node:os';
import type { LatencyMachine } from '@tenas/records';

/** The machine that this process runs on. */
export function describeMachine(): LatencyMachine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() || 'unknown processor',
    cores: Math.max(1, processors.length),
    platform: `${process.platform} ${process.arch}`,
    memoryBytes: totalmem(),
    node: process.versions.node,
  };
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
