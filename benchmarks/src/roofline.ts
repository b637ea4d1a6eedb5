import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { benchmarksFolder, buildFolder } from './paths.js';

/** The peak rates of one core, measured by `roofline/roofline.cpp`. */
export interface Roofline {
  readonly peak: readonly { readonly isa: string; readonly lanes: number; readonly gflops: number }[];
  readonly read: readonly {
    readonly level: string;
    readonly cacheBytes: number;
    readonly workingSetBytes: number;
    readonly gigabytesPerSecond: number;
  }[];
}

function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Builds the program where needed and runs it: about `milliseconds` for each of its seven figures. */
export function measureRoofline(milliseconds = 150): Roofline {
  const build = buildFolder('roofline');
  const source = join(benchmarksFolder, 'roofline');
  run('cmake', '-S', source, '-B', build, '-DCMAKE_BUILD_TYPE=Release');
  run('cmake', '--build', build);
  return JSON.parse(run(join(build, 'roofline'), String(milliseconds))) as Roofline;
}

/** Multiply-add peak of a core with an instruction set, in GFLOP/s; that of `generic` for one that was not measured. */
export function peakOf(roofline: Roofline, isa: string): number {
  const of = (name: string) => roofline.peak.find((peak) => peak.isa === name)?.gflops;
  return of(isa) ?? of('generic') ?? Number.NaN;
}
