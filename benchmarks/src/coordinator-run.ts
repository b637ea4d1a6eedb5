import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreReader } from '@tenas/runner';
import { runNode } from './child-process.js';
import { LocalRedis, type RedisFigures } from './local-redis.js';
import { tenasCommand } from './paths.js';
import { StubWorkers } from './stub-workers.js';

export interface CoordinatorRun {
  readonly kind: 'score' | 'search';
  readonly workers: number;
  readonly jobs: number;
  /** How long a worker has a job. */
  readonly jobSeconds: number;
  /** Whether messages are signed. */
  readonly signed: boolean;
  /** Nobody answers before so many workers have a job at the same time. Default: everybody does. */
  readonly together?: number | undefined;
}

/** What a run costs. Rates and processor times are from the first answer to the end of the coordinator. */
export interface CoordinatorFigures extends CoordinatorRun {
  readonly seconds: number;
  readonly jobsPerSecond: number;
  /** Share of the time that the workers had jobs. */
  readonly busyShare: number;
  /** The most workers that had a job at the same time. */
  readonly mostActive: number;
  /** Processor time per job, in milliseconds; null where the system does not tell. */
  readonly coordinatorMilliseconds: number | null;
  readonly redisMilliseconds: number;
  readonly coordinatorPeakBytes: number;
  readonly redisPeakBytes: number;
  readonly redisCommandsPerJob: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
  /** Bytes of the store per job. */
  readonly storeBytes: number;
}

/** Cells that a spec draws at most; more jobs are more seeds. */
const MOST_CELLS = 10_000;
/** Milliseconds between two looks at who is done. */
const LOOK = 50;
const SECRET = 'a secret of this benchmark alone, and of no other use';

function specOf(kind: CoordinatorRun['kind'], jobs: number): string {
  if (kind === 'search') {
    return `search: {strategy: random, settings: {samples: 100}, metrics: [naswot, synflow], seeds: 0..${jobs - 1}}\n`;
  }
  const seeds = Math.ceil(jobs / MOST_CELLS);
  if (jobs % seeds > 0) throw new RangeError(`${jobs} jobs are not ${seeds} equal parts`);
  return `score: {architectures: {sample: ${jobs / seeds}, seed: 1}, isomorphic: each, seeds: 0..${seeds - 1}, repeats: 1}\n`;
}

/**
 * Runs `tenas batch run --queue` on a Redis server for this run alone, with workers that evaluate nothing.
 * @throws Error where the coordinator fails, or has not all jobs in its store in the end
 */
export async function runCoordinator(run: CoordinatorRun): Promise<CoordinatorFigures> {
  const { kind, workers, jobs, jobSeconds, signed, together } = run;
  const folder = mkdtempSync(join(tmpdir(), 'tenas-coordinator-'));
  try {
    const { record, isa } = await trueRecord(folder, kind);
    const [spec, out] = [join(folder, 'spec.yaml'), join(folder, 'out')];
    writeFileSync(spec, specOf(kind, jobs));
    const secret = signed ? SECRET : undefined;
    await using redis = await LocalRedis.start();
    const { url } = redis;
    await using stubs = new StubWorkers({ url, secret, kind, workers, jobSeconds, together, record, isa });
    await using coordinator = new Coordinator(spec, out, { url, secret });
    while (stubs.done === 0 && coordinator.runs) await sleep(LOOK);
    const before = { time: performance.now(), cpu: coordinator.cpuSeconds(), ...(await redis.figures()) };
    let cpu = before.cpu;
    let after: RedisFigures = before;
    while (coordinator.runs) {
      after = await redis.figures();
      cpu = coordinator.cpuSeconds() ?? cpu;
      await sleep(LOOK);
    }
    const seconds = (performance.now() - before.time) / 1000;
    const summary = await coordinator.summary();
    if (summary.jobs.done !== jobs) throw new Error(`${summary.jobs.done} of ${jobs} jobs are done`);
    const each = (all: number) => (1000 * all) / jobs;
    return {
      ...run,
      seconds,
      jobsPerSecond: jobs / seconds,
      mostActive: stubs.mostActive,
      busyShare: stubs.busySeconds / (workers * seconds),
      coordinatorMilliseconds: cpu === null || before.cpu === null ? null : each(cpu - before.cpu),
      redisMilliseconds: each(after.cpuSeconds - before.cpuSeconds),
      coordinatorPeakBytes: summary.peakMemory,
      redisPeakBytes: after.peakBytes,
      redisCommandsPerJob: (after.commands - before.commands) / jobs,
      answerBytes: record.length,
      storeBytes: readFileSync(join(out, 'batch.sqlite')).length / jobs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The result of one true job. */
async function trueRecord(folder: string, kind: CoordinatorRun['kind']) {
  const [spec, out] = [join(folder, 'one.yaml'), join(folder, 'one')];
  writeFileSync(spec, specOf(kind, 1));
  await runNode([tenasCommand, 'batch', 'run', spec, '--out', out, '--threads', '1', '--quiet'], {
    cwd: folder,
  });
  using reader = new StoreReader(out);
  const [row] = reader.rows();
  if (row?.result == null || row.isa === null) throw new Error(`the one job of ${spec} has no result`);
  return { record: row.result, isa: row.isa };
}

interface Summary {
  readonly jobs: { readonly done: number };
  readonly peakMemory: number;
}

/** Ticks of the processor's clock per second, in which Linux tells times of processes. */
const TICKS = 100;

/** A coordinator in a process of its own. */
class Coordinator implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #out = '';
  #err = '';

  constructor(
    spec: string,
    out: string,
    { url, secret }: { readonly url: string; readonly secret: string | undefined },
  ) {
    const args = [tenasCommand, 'batch', 'run', spec, '--out', out, '--json', '--quiet', '--queue'];
    const { TENAS_QUEUE_SECRET: _, ...env } = process.env;
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, TENAS_QUEUE: url, ...(secret === undefined ? {} : { TENAS_QUEUE_SECRET: secret }) },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.#ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Processor time so far; null where the system does not tell, or the process has ended. */
  cpuSeconds(): number | null {
    const path = `/proc/${this.#child.pid}/stat`;
    if (!existsSync(path)) return null;
    try {
      // Behind the name, which may hold anything: user and system time are the 14th and 15th fields.
      const fields = readFileSync(path, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    } catch {
      return null;
    }
  }

  /** @throws Error with what it printed where it failed */
  async summary(): Promise<Summary> {
    const code = await this.#ended;
    if (code !== 0) throw new Error(`the coordinator ended with ${code}: ${this.#err.slice(-2000)}`);
    return JSON.parse(this.#out) as Summary;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.runs) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
