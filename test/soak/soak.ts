import { type ChildProcess, fork } from 'node:child_process';
import { bundleEnvironment, bundleSource } from '../../scripts/source-bundle.mjs';
import type { SoakReport, SoakRequest } from './child.js';
import { type Growth, growthOf, type MemorySample } from './growth.js';

const MEBIBYTE = 2 ** 20;

/** Bounds of a scenario: growth after the warm-up, and the resident size at any time. */
export const MOST_GROWTH = 16 * MEBIBYTE;
export const MOST_BYTES = 512 * MEBIBYTE;

/** Without a report for so long a scenario hangs: far above what a turn takes, for machines that are busy. */
const HANG_SECONDS = 900;

/** What a scenario came to. */
export interface SoakResult {
  readonly scenario: string;
  readonly operations: number;
  readonly seconds: number;
  /** Null where it ended before its memory could be judged. */
  readonly growth: Growth | null;
  /** Empty: all was well. */
  readonly problems: readonly string[];
}

let bundled: Promise<{ readonly child: string; readonly thread: string }> | undefined;

async function bundle() {
  const child = await bundleSource('test/soak/child.ts', 'soak');
  return { child, thread: await bundleSource('test/soak/thread.ts', 'soak') };
}

async function startChild(): Promise<ChildProcess> {
  bundled ??= bundle();
  const { child, thread } = await bundled;
  return fork(child, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...bundleEnvironment, TENAS_SOAK_THREAD: thread },
  });
}

const mib = (bytes: number): string => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

function problemsOf(growth: Growth): string[] {
  const problems: string[] = [];
  if (growth.bytes > MOST_GROWTH)
    problems.push(
      `memory grew by ${mib(growth.bytes)} over ${growth.to.operations - growth.from.operations} operations; the bound is ${mib(MOST_GROWTH)}`,
    );
  if (growth.largestBytes > MOST_BYTES)
    problems.push(`the process took ${mib(growth.largestBytes)}; the bound is ${mib(MOST_BYTES)}`);
  return problems;
}

/**
 * Runs a scenario in a process of its own and judges its memory.
 * @param signal ends it sooner; what it did until then is judged
 */
export async function soak(request: SoakRequest, signal?: AbortSignal): Promise<SoakResult> {
  const child = await startChild();
  const samples: MemorySample[] = [];
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-4000);
  });
  const started = performance.now();
  const end = await new Promise<{ readonly problem?: string }>((resolve) => {
    const settle = (ended: { readonly problem?: string }) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      child.removeAllListeners();
      resolve(ended);
    };
    const late = () => {
      child.kill('SIGKILL');
      settle({ problem: `no report within ${HANG_SECONDS} s` });
    };
    let timer = setTimeout(late, HANG_SECONDS * 1000);
    const stop = () => child.send('stop');
    signal?.addEventListener('abort', stop, { once: true });
    child.on('message', (report: SoakReport) => {
      if (report.kind === 'failed') return settle({ problem: report.problem });
      if (report.kind === 'ended') return settle({});
      samples.push(report);
      clearTimeout(timer);
      timer = setTimeout(late, HANG_SECONDS * 1000);
    });
    child.on('exit', (code, killed) =>
      settle({ problem: `the process ended with ${killed ?? code}: ${errors}` }),
    );
    child.send(request);
    if (signal?.aborted) stop();
  });
  const seconds = (performance.now() - started) / 1000;
  const growth = samples.length < 6 ? null : growthOf(samples);
  const problems = end.problem === undefined ? [] : [end.problem];
  if (growth !== null) problems.push(...problemsOf(growth));
  else problems.push(`${samples.length} samples of its memory are too few to judge`);
  return {
    scenario: request.scenario,
    operations: samples.at(-1)?.operations ?? 0,
    seconds,
    growth,
    problems,
  };
}
