import { setTimeout as sleep } from 'node:timers/promises';
import { describeThrown } from '@tenas/base';
import type { UnitFailure } from './store/units.js';

/** Code and message of what a unit's evaluation threw. */
export function unitFailure(error: unknown): UnitFailure {
  const { code = 'INTERNAL', message } = describeThrown(error);
  return { code, message };
}

/** Whether another try would fail alike: a training that diverged is a function of its settings. */
export function isFinal({ code }: UnitFailure): boolean {
  return code === 'TRAINING_DIVERGED';
}

/** First pause before another try, in milliseconds; each later one is twice as long. */
const FIRST_PAUSE = 500;
/** Longest pause before another try, in milliseconds. */
export const LONGEST_PAUSE = 60_000;

/** Milliseconds to wait before the next try after so many failed ones. */
export function retryPause(attempts: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1));
}

/** Waits, at most until the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/**
 * Work on many items at once that may fail because of a few: halves them until those stand alone.
 * @param work gives one result an item
 * @returns for each item its result, or what it threw
 */
export async function isolateFailures<T, R>(
  items: readonly T[],
  work: (items: readonly T[]) => Promise<readonly R[]>,
  signal: AbortSignal,
): Promise<({ readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown })[]> {
  try {
    const values = await work(items);
    return values.map((value) => ({ ok: true, value }));
  } catch (error) {
    if (signal.aborted) throw error;
    if (items.length === 1) return [{ ok: false, error }];
    const middle = items.length >> 1;
    const first = await isolateFailures(items.slice(0, middle), work, signal);
    return [...first, ...(await isolateFailures(items.slice(middle), work, signal))];
  }
}
