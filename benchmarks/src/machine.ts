import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { nativeInfo } from '@tenas/native';
import { repositoryRoot } from './paths.js';

/** Where and of what a measurement was taken. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly isa: string;
  readonly memoryBytes: number;
  readonly node: string;
  readonly compiler: string;
  readonly commit: string;
  /** Whether files differ from the commit. */
  readonly dirty: boolean;
  /** Processes that were running or waiting, averaged over the minute before the start. */
  readonly loadBefore: number;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, {
      cwd: repositoryRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

/** The machine and the state of the sources; call it before anything is measured. */
export function describeMachine(): Machine {
  const { isa, compiler } = nativeInfo();
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    isa,
    memoryBytes: totalmem(),
    node: process.versions.node,
    compiler,
    commit: git('rev-parse', 'HEAD') || 'unknown',
    dirty: git('status', '--porcelain') !== '',
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** A quarter of a core busy with something else already shows in the medians. */
const LOAD_PER_CORE = 0.25;

/** A warning where the machine is busy with other things, else null. */
export function loadWarning({ loadBefore, cores }: Pick<Machine, 'loadBefore' | 'cores'>): string | null {
  if (loadBefore <= LOAD_PER_CORE * cores) return null;
  return `the load average is ${loadBefore.toFixed(2)} on ${cores} cores: other work disturbs these measurements`;
}
