import { durationText, plural } from '@tenas/base';
import type { BatchEstimate, BatchEvent, BatchSummary, Task } from '@tenas/runner';
import { SingleBar } from 'cli-progress';
import { type Io, showProgress } from '../../io.js';
import { distinctTaskTexts } from './task-texts.js';
import { ToldFailures } from './told-failures.js';

/** Shows a batch while it runs. */
export interface BatchProgress {
  readonly show: (event: BatchEvent) => void;
  /** Leaves the terminal as it was. */
  readonly stop: () => void;
}

/** Milliseconds between two lines. */
const LINE_INTERVAL = 10_000;
/** Milliseconds that the rate is measured over. */
const RATE_WINDOW = 15_000;

/** A bar on a terminal, a line now and then elsewhere. */
export function batchProgress(io: Io): BatchProgress {
  const tally = new Tally();
  const failures = new ToldFailures();
  const { terminal } = io;
  const bar =
    terminal === null
      ? null
      : new SingleBar({
          stream: terminal,
          format: '{bar} {value}/{total} jobs{rest}',
          barsize: 24,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          clearOnComplete: true,
          hideCursor: true,
          gracefulExit: false,
        });
  const say = (text: string) => {
    io.err(text);
  };
  const refresh = () => {
    if (bar === null) showProgress(io, `  ${tally.settled}/${tally.total} jobs${tally.rest()}\n`);
    else bar.update(tally.settled, { rest: tally.rest() });
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    show: (event) => {
      tally.take(event);
      if (event.kind === 'start') {
        showProgress(io, `${startLine(event)}\n`);
        bar?.start(event.jobs, tally.settled, { rest: '' });
        const interval = bar === null ? LINE_INTERVAL : 500;
        timer = setInterval(refresh, interval);
        timer.unref();
      } else if (event.kind === 'unit-failed' && !event.retried) {
        const line = failures.line(event);
        if (line !== null) say(`${line}\n`);
      } else if (event.kind === 'note' && event.level === 'warn') {
        say(`note: ${event.message}\n`);
      }
    },
    stop: () => {
      clearInterval(timer);
      bar?.stop();
      for (const line of failures.others()) say(`${line}\n`);
    },
  };
}

function startLine({
  jobs,
  added,
  done,
  failed,
  units,
  threads,
}: Extract<BatchEvent, { kind: 'start' }>): string {
  const failures = failed === 0 ? '' : `, ${failed} failed (\`tenas batch retry\` lets them run again)`;
  const where = threads === null ? 'for the workers of the queue' : `on ${plural(threads, 'thread')}`;
  return `${plural(jobs, 'job')}, ${added} of them new, ${done} done before${failures}: ${plural(units, 'evaluation')} to make ${where}`;
}

/** Most trainings under way whose epochs are shown. */
const SHOWN_TRAININGS = 4;

/** A training under way. */
interface UnderWay {
  readonly done: number;
  readonly epochs: number;
  /** Share of it that this run did. */
  readonly share: number;
}

/** Units of one kind that waited at the start, those that are done since, and their seconds. */
interface KindOfWork {
  readonly waiting: number;
  done: number;
  seconds: number;
}

/** Counts what happened, and how fast. */
export class Tally {
  readonly #started = performance.now();
  total = 0;
  settled = 0;
  #failed = 0;
  #unitsLeft = 0;
  readonly #trainings = new Map<string, UnderWay>();
  readonly #kinds = new Map<Task['kind'], KindOfWork>();
  readonly #recent: { at: number; jobs: number; units: number }[] = [];

  take(event: BatchEvent): void {
    if (event.kind === 'start') {
      this.total = event.jobs;
      this.settled = event.done + event.failed;
      this.#failed = event.failed;
      this.#unitsLeft = event.units;
      for (const [kind, waiting] of Object.entries(event.unitsOf)) {
        this.#kinds.set(kind as Task['kind'], { waiting, done: 0, seconds: 0 });
      }
      this.#recent.push({ at: performance.now(), jobs: 0, units: 0 });
    } else if (event.kind === 'epoch') {
      const { key, done, epochs } = event;
      const before = this.#trainings.get(key);
      const share = before === undefined ? 0 : (done - before.done) / epochs;
      this.#trainings.set(key, { done, epochs, share: (before?.share ?? 0) + share });
      this.#advance(0, share);
    } else if (event.kind === 'unit-done' || event.kind === 'unit-failed') {
      // It counts as a whole from now on, or waits as a whole again.
      const share = this.#trainings.get(event.key)?.share ?? 0;
      this.#trainings.delete(event.key);
      if (share > 0) this.#advance(0, -share);
      const work = event.kind === 'unit-done' ? this.#kinds.get(event.task) : undefined;
      if (event.kind === 'unit-done' && work !== undefined) {
        work.done++;
        work.seconds += event.seconds;
      }
    } else if (event.kind === 'advance') {
      const { jobs, units } = event.changed;
      this.settled += jobs;
      if (event.status === 'failed') this.#failed += jobs;
      this.#advance(jobs, units);
    }
  }

  #advance(jobs: number, units: number): void {
    this.#unitsLeft -= units;
    const now = performance.now();
    this.#recent.push({ at: now, jobs, units });
    while (this.#recent.length > 2 && this.#recent[1]!.at < now - RATE_WINDOW) this.#recent.shift();
  }

  /** `, 61.2 jobs/s, about 40 s left, training: epoch 3/20, 2 failed` */
  rest(): string {
    const [first, ...later] = this.#recent;
    const seconds = (performance.now() - (first?.at ?? 0)) / 1000;
    const jobs = later.reduce((sum, part) => sum + part.jobs, 0);
    const units = later.reduce((sum, part) => sum + part.units, 0);
    const left =
      this.#kinds.size > 1 ? this.#mixedLeft() : units <= 0 ? null : (this.#unitsLeft * seconds) / units;
    const speed = units <= 0 || jobs === 0 ? '' : `, ${rate(jobs / seconds)}`;
    const about = left === null ? '' : `, about ${durationText(left)} left`;
    return `${speed}${about}${this.#byKind()}${this.#epochs()}${this.#failed === 0 ? '' : `, ${this.#failed} failed`}`;
  }

  /**
   * Seconds left where kinds of work are mixed: a search may take as long as a thousand scores. Null until one of each
   * kind was seen.
   */
  #mixedLeft(): number | null {
    const all = [...this.#kinds.values()];
    if (all.some(({ waiting, done }) => done === 0 && waiting > 0)) return null;
    const spent = all.reduce((sum, { seconds }) => sum + seconds, 0);
    const open = all.reduce(
      (sum, { waiting, done, seconds }) => sum + (Math.max(0, waiting - done) * seconds) / done,
      0,
    );
    const elapsed = (performance.now() - this.#started) / 1000;
    return (open * elapsed) / spent;
  }

  /** `; search 3/20, score 0/15625` where there are several kinds */
  #byKind(): string {
    if (this.#kinds.size < 2) return '';
    const parts = [...this.#kinds].map(([kind, { done, waiting }]) => `${kind} ${done}/${waiting}`);
    return `; ${parts.join(', ')}`;
  }

  /** `, training: epoch 3/20, 5/20` */
  #epochs(): string {
    const all = [...this.#trainings.values()];
    if (all.length === 0) return '';
    const shown = all
      .slice(0, SHOWN_TRAININGS)
      .map(({ done, epochs }) => `${Math.min(done + 1, epochs)}/${epochs}`);
    const more = all.length > shown.length ? ' and others' : '';
    return `, training: epoch ${shown.join(', ')}${more}`;
  }
}

/** `61 jobs/s`, `4.2 jobs/min` or `3.5 jobs/h` */
function rate(perSecond: number): string {
  if (perSecond >= 100) return `${Math.round(perSecond)} jobs/s`;
  if (perSecond >= 0.1 || perSecond === 0) return `${perSecond.toPrecision(2)} jobs/s`;
  const perMinute = 60 * perSecond;
  return perMinute >= 1
    ? `${perMinute.toPrecision(2)} jobs/min`
    : `${(60 * perMinute).toPrecision(2)} jobs/h`;
}

/** Result of a run, for people. */
export function summaryText(summary: BatchSummary): string {
  const { jobs, evaluations, seconds, jobsPerSecond, peakMemory, interrupted, out, shard } = summary;
  const ended = interrupted ? 'stopped' : 'ended';
  const lines = [
    `jobs    ${jobs.done} of ${jobs.total} done (${jobs.skipped} before), ${jobs.failed} failed, ${jobs.waiting} waiting`,
    `time    ${ended} after ${durationText(seconds)}: ${plural(evaluations, 'evaluation')}, ${rate(jobsPerSecond)}; ${Math.round(peakMemory / 2 ** 20)} MiB of memory at most`,
    `store   ${out}${shard === undefined ? '' : `, shard ${shard} of the spec`}`,
  ];
  return lines.join('\n');
}

/** Plan of a run, for people. */
export function estimateText({
  jobs,
  done,
  failed,
  evaluations,
  threads,
  seconds,
  tasks,
}: BatchEstimate): string {
  const textOf = distinctTaskTexts(tasks.map(({ task }) => task));
  const lines = tasks.map(
    ({ task, jobs: count, done: before, evaluations: units, secondsEach, seconds: time }) => {
      const each =
        secondsEach === null
          ? ''
          : ` at ${durationText(secondsEach)} on a thread, about ${durationText(time)}`;
      return `      ${textOf(task)}: ${plural(count, 'job')}, ${before} done, ${plural(units, 'evaluation')}${each}`;
    },
  );
  return [
    `plan  ${plural(jobs, 'job')}, ${done} done, ${failed} failed; ${plural(evaluations, 'evaluation')} to make`,
    ...lines,
    `time  about ${durationText(seconds)} on ${plural(threads, 'thread')}`,
  ].join('\n');
}
