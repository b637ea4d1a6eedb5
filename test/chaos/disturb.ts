import { setTimeout as sleep } from 'node:timers/promises';
import type { RandomStream } from '@tenas/base';
import { FailingWrites, type Watched, type WriteSchedule } from './failing-writes.js';
import type { Tally } from './tally.js';
import { type Ended, judgeEnd, type StartOptions, WatchedProcess } from './watched-process.js';

/** Signals that end a process, those that it does not hear most often. */
const ENDING = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const;
/** Longest pause of a stopped process, in milliseconds. */
const LONGEST_PAUSE = 400;

/** A process that is disturbed. */
export interface Victim {
  readonly tally: Tally;
  readonly random: RandomStream;
  /** For people. */
  readonly what: string;
  readonly args: readonly string[];
  readonly options: StartOptions;
  /** Milliseconds that it lives if it is let alone, about. */
  readonly lifetime: number;
}

/** Stops a process now and then and ends it at last, at random moments, unless it ends before. @returns what was done */
async function sendSignals(process: WatchedProcess, { tally, random, lifetime }: Victim): Promise<string> {
  for (;;) {
    const moment = random.unit() * lifetime;
    await Promise.race([sleep(moment), process.ended]);
    if (random.below(5) > 0) {
      const signal = random.pick(ENDING);
      if (!process.send(signal)) return 'undisturbed';
      tally.kills++;
      return `${signal} after ${Math.round(moment)} ms`;
    }
    if (!process.send('SIGSTOP')) return 'undisturbed';
    tally.others++;
    await sleep(random.below(LONGEST_PAUSE));
    process.send('SIGCONT');
  }
}

/** Runs a process and ends it by a signal at a random moment. */
export async function disturbBySignals(victim: Victim): Promise<Ended> {
  const { tally, args, options, what } = victim;
  const process = new WatchedProcess(args, options);
  const done = await sendSignals(process, victim);
  const ended = await process.ended;
  judgeEnd(tally, { process, what: `${what}, ${done}` }, ended);
  return ended;
}

/** Runs a process one of whose writes fails or ends it. One that lives on without getting there is ended by a signal. */
export async function disturbByWrites(
  victim: Victim,
  {
    schedule,
    most,
    watched,
    scratch,
    endsByItself,
  }: {
    readonly schedule: WriteSchedule;
    /** Largest number of a write that the process is sure to reach, if known. */
    readonly most?: number | undefined;
    readonly watched: Watched;
    readonly scratch: string;
    readonly endsByItself: boolean;
  },
): Promise<Ended> {
  const { tally, args, options, what } = victim;
  const fault = schedule.next(most);
  const writes = new FailingWrites(watched, scratch, fault);
  const environment = { ...options.environment, ...writes.environment };
  const process = new WatchedProcess(args, { ...options, environment });
  let isLate = false;
  if (!endsByItself) {
    const waiting = new AbortController();
    const late = sleep(victim.lifetime, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([late, process.ended]);
    waiting.abort();
    isLate = process.send('SIGKILL');
  }
  const ended = await process.ended;
  const { happened } = writes.read();
  schedule.tell(fault, happened !== undefined);
  const kills = fault.action.startsWith('kill');
  if (happened !== undefined && !kills) tally.others++;
  if (isLate || (happened !== undefined && kills)) tally.kills++;
  const allowed =
    happened === undefined ? [] : kills ? (['SIGKILL'] as const) : fault.action === 'short' ? [] : [3];
  const place = happened === undefined ? 'undisturbed' : `${fault.action} at ${happened}`;
  judgeEnd(tally, { process, what: `${what}, ${place}`, allowed }, ended);
  return ended;
}

/** Counts the writes of a process that is let alone. */
export async function countWrites(
  args: readonly string[],
  {
    options,
    watched,
    scratch,
  }: {
    readonly options: StartOptions;
    readonly watched: Watched;
    readonly scratch: string;
  },
): Promise<{ readonly changes: number; readonly ended: Ended; readonly milliseconds: number }> {
  const writes = new FailingWrites(watched, scratch, { at: 0, action: 'kill' });
  const environment = { ...options.environment, ...writes.environment };
  const started = performance.now();
  const ended = await new WatchedProcess(args, { ...options, environment }).ended;
  return { changes: writes.read().changes, ended, milliseconds: performance.now() - started };
}
