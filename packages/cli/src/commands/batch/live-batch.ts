import { COUNTED_COLUMNS, columnOfMetric, distinctDatasetTexts, metricOfColumn } from '@tenas/records';
import type { LiveBest, LiveResult, LiveState } from '@tenas/report';
import {
  type BatchStatus,
  type JobRow,
  jobFields,
  resultOf,
  type StatusCounts,
  type StoreReader,
  type Task,
} from '@tenas/runner';
import { betterOf, columnsOf } from './result-columns.js';
import { distinctTaskTexts } from './task-texts.js';

/** Best jobs that are shown of each metric. */
const SHOWN = 10;
/** Metrics whose best jobs are shown. */
const MOST_METRICS = 4;
/** Finished jobs beside the front that a figure shows. */
const OTHERS = 600;
/** Milliseconds before the last job that are read again: the clocks that jobs end by need not be exact. */
const OVERLAP = 60_000;
/** Milliseconds that the rate is measured over. */
const RATE_WINDOW = 30_000;

/** The best jobs by one column, and its front against parameters, collected job by job. */
class Ranking {
  #better: 'lower' | 'higher' = 'lower';
  #best: LiveResult[] = [];
  #front: LiveResult[] = [];
  readonly #others: LiveResult[] = [];

  constructor(
    readonly column: string,
    /** In words, as several of one name may differ. */
    readonly datasetOf: (task: Task) => string,
  ) {}

  add(row: JobRow): void {
    const result = resultOf(row);
    const value = jobFields(row, result)[this.column];
    if (typeof value !== 'number' || row.architecture === null) return;
    this.#better = betterOf(metricOfColumn(this.column), result);
    const { seed, params, architecture, task } = row;
    const dataset = this.datasetOf(task);
    const one = { space: task.space, dataset, architecture, seed, value, params };
    this.#best = [...this.#best, one].sort((a, b) => this.#rank(a) - this.#rank(b)).slice(0, SHOWN);
    if (params === null) return;
    if (this.#front.some((other) => this.#covers(other, one))) {
      if (this.#others.length < OTHERS) this.#others.push(one);
      return;
    }
    this.#front = [...this.#front.filter((other) => !this.#covers(one, other)), one].sort(
      (a, b) => (a.params ?? 0) - (b.params ?? 0),
    );
  }

  /** Whether one job is at least as good as another one, and no larger. */
  #covers(one: LiveResult, other: LiveResult): boolean {
    return this.#rank(one) <= this.#rank(other) && (one.params ?? 0) <= (other.params ?? 0);
  }

  #rank({ value }: LiveResult): number {
    return this.#better === 'higher' ? -value : value;
  }

  state(): LiveBest {
    const [better, results, front, others] = [this.#better, this.#best, this.#front, this.#others];
    return { metric: metricOfColumn(this.column), better, results, front, others: [...others] };
  }
}

/** Follows a batch by its store: each call of {@link LiveBatch.update} reads only jobs that ended since the last one. */
export class LiveBatch {
  readonly #reader: StoreReader;
  readonly #rankings = new Map<string, Ranking>();
  /** When jobs ended that are read again, by key. */
  readonly #known = new Map<string, number>();
  /** When the last job ended of those that were read. */
  #last = 0;
  #readAt = 0;
  /** The clock was set back, and has not caught up. */
  #isBehind = false;
  readonly #recent: { readonly at: number; readonly settled: number; readonly busy: number }[] = [];

  constructor(reader: StoreReader) {
    this.#reader = reader;
  }

  /**
   * @param now in milliseconds, of a clock that only goes forward: for the rate
   * @param clock the time of day in milliseconds, as jobs end by it
   */
  update(now: number, clock: number): LiveState {
    const status = this.#reader.status();
    const tasks = status.tasks.map(({ task }) => task);
    const textOf = distinctTaskTexts(tasks);
    this.#read(clock, distinctDatasetTexts(tasks));
    const { done, failed } = status.jobs;
    const busy = status.tasks.reduce((sum, { seconds }) => sum + seconds, 0);
    this.#recent.push({ at: now, settled: done + failed, busy });
    while (this.#recent.length > 2 && this.#recent[1]!.at < now - RATE_WINDOW) this.#recent.shift();
    const first = this.#recent[0]!;
    const seconds = (now - first.at) / 1000;
    const jobs = done + failed - first.settled;
    const left = timeLeft(status, (busy - first.busy) / seconds);
    const { pending, queued, running } = status.jobs;
    return {
      jobs: countsOf(status.jobs),
      tasks: status.tasks.map(({ task, jobs: counts, units, seconds: taken }) => ({
        name: textOf(task),
        ...countsOf(counts),
        secondsEach: units.done === 0 ? null : taken / units.done,
      })),
      rate: seconds > 0 && jobs > 0 ? jobs / seconds : null,
      ...left,
      best: [...this.#rankings.values()].map((ranking) => ranking.state()),
      failures: status.failures,
      ended: pending + queued + running === 0,
    };
  }

  #read(clock: number, datasetOf: (task: Task) => string): void {
    const wasBehind = this.#isBehind;
    this.#isBehind = clock < Math.max(this.#last, this.#readAt) - OVERLAP;
    this.#readAt = clock;
    if (wasBehind || this.#isBehind) {
      // Jobs may end before those that were read. There is no other order to tell them by, so all are read again.
      this.#rankings.clear();
      this.#known.clear();
      this.#last = 0;
    }
    const counted: readonly string[] = COUNTED_COLUMNS;
    for (const column of columnsOf(this.#reader).filter((name) => !counted.includes(name))) {
      if (this.#rankings.size < MOST_METRICS && !this.#rankings.has(column)) {
        this.#rankings.set(columnOfMetric(metricOfColumn(column)), new Ranking(column, datasetOf));
      }
    }
    const since = this.#last - OVERLAP;
    for (const row of this.#reader.rows({ since })) {
      if (row.finishedAt === null || this.#known.has(row.key)) continue;
      for (const ranking of this.#rankings.values()) ranking.add(row);
      this.#known.set(row.key, row.finishedAt);
      this.#last = Math.max(this.#last, row.finishedAt);
    }
    for (const [key, finishedAt] of this.#known) {
      if (finishedAt < this.#last - OVERLAP) this.#known.delete(key);
    }
  }
}

function countsOf({ pending, queued, running, done, failed }: StatusCounts) {
  return { done, failed, total: pending + queued + running + done + failed };
}

/**
 * Seconds until all evaluations are made, each at the mean time of its setting. One that has not begun takes the mean time of
 * its kind; where the whole kind has not begun, the others are the least that is left.
 * @param pace evaluation seconds that pass per second
 */
export function timeLeft(
  { tasks }: Pick<BatchStatus, 'tasks'>,
  pace: number,
): Pick<LiveState, 'secondsLeft' | 'secondsLeftAreLeast'> {
  const unknown = { secondsLeft: null, secondsLeftAreLeast: false };
  if (!(pace > 0)) return unknown;
  let left = 0;
  let least = false;
  for (const { task, units, seconds } of tasks) {
    const waiting = units.pending + units.queued + units.running;
    if (waiting === 0) continue;
    const each = units.done > 0 ? seconds / units.done : meanOfKind(tasks, task.kind);
    if (each === null) least = true;
    else left += waiting * each;
  }
  return left === 0 ? unknown : { secondsLeft: left / pace, secondsLeftAreLeast: least };
}

/** Mean seconds of the evaluations of a kind; null while none is done. */
function meanOfKind(tasks: BatchStatus['tasks'], kind: Task['kind']): number | null {
  const known = tasks.filter(({ task }) => task.kind === kind);
  const done = known.reduce((sum, { units }) => sum + units.done, 0);
  return done === 0 ? null : known.reduce((sum, { seconds }) => sum + seconds, 0) / done;
}
