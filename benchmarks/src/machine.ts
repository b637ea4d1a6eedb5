import { execFileSync } from 'node:child_process';
import { currentLoad, describeHost, frequencyGovernor } from '@tenas/base';
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
  /** How the frequency is chosen, where that is known. */
  readonly governor?: string;
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
  const { cpu, cores, memoryBytes, node } = describeHost();
  const governor = frequencyGovernor();
  return {
    ...{ cpu, cores, isa, memoryBytes, node, compiler },
    ...(governor === null ? {} : { governor }),
    commit: git('rev-parse', 'HEAD') || 'unknown',
    dirty: git('status', '--porcelain') !== '',
    loadBefore: currentLoad(),
  };
}
