// Runs a scenario and reports the resident size of this process. Run by `soak`, with --expose-gc.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import type { MemorySample } from './growth.js';
import { scenarios } from './scenarios/index.js';

/** How long a scenario runs. */
export type SoakLimit =
  | { readonly kind: 'minutes'; readonly minutes: number }
  | { readonly kind: 'operations'; readonly operations: number };

/** What a child is asked to do. */
export interface SoakRequest {
  readonly scenario: string;
  readonly seed: number;
  readonly limit: SoakLimit;
  /** Bytes that are kept of each operation: for a test that this is found. */
  readonly kept?: number;
}

/** What it reports: memory now and then, and how it ended. */
export type SoakReport =
  | ({ readonly kind: 'sample' } & MemorySample)
  | { readonly kind: 'ended'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly problem: string };

/** Samples of a run, evenly in its time or its operations; a short run has fewer, as each collects all garbage. */
const SAMPLES = { minutes: 100, operations: 40 } as const;

let asked = false;
let stopped = false;

/** Resident size without what the garbage collector would give back. */
async function residentBytes(): Promise<number> {
  // Finalizers of native objects run after the first collection.
  for (let turn = 0; turn < 2; turn++) {
    globalThis.gc!();
    await setImmediate();
  }
  return process.memoryUsage.rss();
}

async function soak({ scenario, seed, limit, kept = 0 }: SoakRequest): Promise<SoakReport> {
  const { run } = scenarios.find(({ name }) => name === scenario)!;
  const folder = mkdtempSync(join(tmpdir(), 'tenas-soak-'));
  const started = performance.now();
  const keeping: Buffer[] = [];
  const samples = SAMPLES[limit.kind];
  let operations = 0;
  let next = 1;
  const share = () =>
    limit.kind === 'operations'
      ? operations / limit.operations
      : (performance.now() - started) / (limit.minutes * 60_000);
  try {
    const surroundings = { random: new RandomStream('soak', scenario, seed), folder };
    for await (const made of run(surroundings)) {
      operations += made;
      if (kept > 0) keeping.push(Buffer.alloc(made * kept, 1));
      const isOver = share() >= 1 || stopped;
      if (isOver || share() * samples >= next) {
        next = Math.floor(share() * samples) + 1;
        send({ kind: 'sample', operations, bytes: await residentBytes() });
      }
      if (isOver) break;
    }
    return { kind: 'ended', seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    return {
      kind: 'failed',
      problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function send(report: SoakReport): void {
  process.send!(report);
}

process.on('message', (message) => {
  stopped = message === 'stop';
  if (asked || stopped) return;
  asked = true;
  void soak(message as SoakRequest).then((report) => process.send!(report, () => process.exit(0)));
});
// A terminal sends Ctrl-C to all of its processes; the parent says what it means.
process.on('SIGINT', () => {});
