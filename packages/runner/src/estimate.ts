import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, TenasError } from '@tenas/base';
import { SpecDatasets } from './datasets.js';
import { UnitEvaluator } from './evaluate.js';
import { planBatch } from './plan.js';
import { PlugIns } from './plug-ins.js';
import type { RunBatchOptions } from './run-batch.js';
import { readSpec } from './spec/read-spec.js';
import { STORE_FILE } from './store/open.js';
import { StoreReader, type WaitingUnit } from './store/reader.js';
import { BatchStore } from './store/store.js';
import { type ScoreTask, type SearchTask, type Task, type TrainTask, taskKey } from './tasks.js';

/** Planned work for one setting. */
export interface TaskEstimate {
  readonly task: Task;
  readonly jobs: number;
  readonly done: number;
  /** Evaluations that wait. */
  readonly evaluations: number;
  /** Measured seconds of one evaluation on one thread; null if none waits. */
  readonly secondsEach: number | null;
  /** Evaluations that were measured; a search or training is followed for a moment and its own estimate taken. */
  readonly measured: number;
  /** With all threads. */
  readonly seconds: number;
}

/** Planned work of a run, and about how long it would take. */
export interface BatchEstimate {
  readonly jobs: number;
  readonly done: number;
  readonly failed: number;
  readonly evaluations: number;
  readonly threads: number;
  readonly seconds: number;
  readonly tasks: readonly TaskEstimate[];
}

/** Scores measured for each thread. */
const SCORES_PER_THREAD = 16;
/** Seconds that a search or a training is followed from its first news on: until then it makes networks and reads images. */
const FOLLOWED_SECONDS = 1.5;
/** Fewest times that it is heard of. */
const FEWEST_NEWS = 3;

/**
 * Plans a {@link runBatch} without running it: nothing is written into `out`.
 * @throws as `runBatch`
 */
export async function estimateBatch(
  options: Pick<RunBatchOptions, 'spec' | 'out' | 'threads' | 'signal' | 'plugIns' | 'shard'>,
): Promise<BatchEstimate> {
  const read = await readSpec(options.spec);
  const signal = options.signal ?? new AbortController().signal;
  const threads = options.threads ?? availableParallelism();
  await using datasets = new SpecDatasets(read);
  const planned = await planBatch(read, { datasets, plugIns: options.plugIns ?? new PlugIns() });
  // The plan is made in a copy of the store, so that it is exactly that of a run.
  const folder = temporaryFolder();
  try {
    if (existsSync(join(options.out, STORE_FILE))) {
      using original = new StoreReader(options.out);
      original.copyTo(join(folder, STORE_FILE));
    }
    using store = new BatchStore(folder);
    await store.addPlan(read.text, planned, { shard: options.shard, signal });
    using reader = new StoreReader(folder);
    using evaluator = new UnitEvaluator(datasets.catalog());
    const status = reader.status();
    const tasks: TaskEstimate[] = [];
    for (const { task, jobs, units } of status.tasks) {
      const waiting = units.pending;
      const sample = reader.sampleWaiting(task, 2 + SCORES_PER_THREAD * threads);
      const { secondsEach, measured } =
        sample.length === 0
          ? { secondsEach: null, measured: 0 }
          : await measure(evaluator, task, sample, { threads, signal });
      tasks.push({
        task,
        jobs: Object.values(jobs).reduce((sum, count) => sum + count, 0),
        done: jobs.done,
        evaluations: waiting,
        secondsEach,
        measured,
        seconds: ((secondsEach ?? 0) * waiting) / busyThreads(task, waiting, threads),
      });
    }
    const sum = (of: (task: TaskEstimate) => number) => tasks.reduce((total, task) => total + of(task), 0);
    return {
      jobs: sum(({ jobs }) => jobs),
      done: status.jobs.done,
      failed: status.jobs.failed,
      evaluations: sum(({ evaluations }) => evaluations),
      threads,
      seconds: sum(({ seconds }) => seconds),
      tasks,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Threads at work: those of a few searches or trainings have several each. */
function busyThreads({ kind }: Task, waiting: number, threads: number): number {
  const atOnce = Math.min(threads, Math.max(1, waiting));
  return kind === 'score' ? atOnce : atOnce * Math.floor(threads / atOnce);
}

/** @throws TenasError OUTPUT_PERMISSION, OUTPUT_NO_SPACE where the machine's folder for temporary files takes none */
function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'tenas-plan-'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenasError(
      ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause) ?? '') ? 'OUTPUT_NO_SPACE' : 'OUTPUT_PERMISSION',
      `${tmpdir()}, the folder for temporary files, can't be written to (${reason}); name another one in TMPDIR`,
      { field: 'TMPDIR', value: tmpdir(), cause },
    );
  }
}

interface Measured {
  readonly secondsEach: number;
  readonly measured: number;
}

async function measure(
  evaluator: UnitEvaluator,
  task: Task,
  sample: readonly WaitingUnit[],
  options: { readonly threads: number; readonly signal: AbortSignal },
): Promise<Measured> {
  switch (task.kind) {
    case 'score':
      return await measureScores(evaluator, task, sample, options);
    case 'search':
      return await measureSearch(evaluator, task, sample[0]!.seed, options.signal);
    case 'train':
      return await measureTraining(evaluator, task, sample[0]!, options.signal);
  }
}

async function measureScores(
  evaluator: UnitEvaluator,
  task: ScoreTask,
  sample: readonly WaitingUnit[],
  options: { readonly threads: number; readonly signal: AbortSignal },
): Promise<Measured> {
  const work = { task, key: taskKey(task), seed: sample[0]!.seed };
  const timed = async (units: readonly WaitingUnit[]) => {
    const started = performance.now();
    await evaluator.score(
      work,
      units.map(({ architecture }) => architecture!),
      options,
    );
    const busy = Math.min(options.threads, units.length);
    return {
      secondsEach: ((performance.now() - started) / 1000 / units.length) * busy,
      measured: units.length,
    };
  };
  // The first request also compiles networks and reads images.
  const first = await timed(sample.slice(0, 2));
  const rest = sample.slice(2);
  return rest.length === 0 || first.secondsEach > 5 ? first : await timed(rest);
}

async function measureSearch(
  evaluator: UnitEvaluator,
  task: SearchTask,
  seed: number,
  signal: AbortSignal,
): Promise<Measured> {
  return await followed(signal, async (limit, tell) => {
    await evaluator.search(task, seed, {
      threads: 1,
      signal: limit,
      onProgress: (event) => {
        if (event.kind !== 'progress' && event.kind !== 'step-end') return;
        if (event.secondsLeft !== null) tell(event.secondsElapsed, event.secondsLeft);
      },
    });
  });
}

async function measureTraining(
  evaluator: UnitEvaluator,
  task: TrainTask,
  { seed, architecture }: WaitingUnit,
  signal: AbortSignal,
): Promise<Measured> {
  const work = { task, key: 'estimate', seed, architecture: architecture! };
  return await followed(signal, async (limit, tell) => {
    const started = performance.now();
    await evaluator.train(work, {
      threads: 1,
      signal: limit,
      onProgress: ({ secondsLeft }) => {
        if (secondsLeft !== null) tell((performance.now() - started) / 1000, secondsLeft);
      },
    });
  });
}

/** Follows work that tells how many seconds it took and has left, for a moment or to its end. */
async function followed(
  signal: AbortSignal,
  work: (signal: AbortSignal, tell: (elapsed: number, left: number) => void) => Promise<void>,
): Promise<Measured> {
  const enough = new AbortController();
  let secondsEach: number | null = null;
  let news = 0;
  let first = 0;
  const started = performance.now();
  try {
    await work(AbortSignal.any([signal, enough.signal]), (elapsed, left) => {
      secondsEach = elapsed + left;
      if (news++ === 0) first = elapsed;
      if (news >= FEWEST_NEWS && elapsed - first > FOLLOWED_SECONDS) enough.abort();
    });
    secondsEach = (performance.now() - started) / 1000;
  } catch (error) {
    if (!enough.signal.aborted || secondsEach === null) throw error;
  }
  return { secondsEach, measured: 1 };
}
