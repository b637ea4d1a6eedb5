import { parseJson, TenasError } from '@tenas/base';
import { z } from 'zod';
import { KEPT } from './wire.js';

/** Longest text of a job, as JSON. */
export const LONGEST_JOB = 1024 * 1024;
/** Levels of lists and objects of any message, and their number. */
export const MESSAGE_LIMITS = { depth: 32, containers: 100_000, keys: 100_000 } as const;

/** The pauses between the tries of a job: those of workers, which are the ones of a run without a queue. */
export const RETRY_PAUSE = 'retry-pause';

/** How BullMQ treats a job: tried so often, after pauses, and kept for a while. */
export function jobOptions(attempts: number) {
  return {
    attempts,
    backoff: { type: RETRY_PAUSE },
    removeOnComplete: { age: KEPT },
    removeOnFail: { age: KEPT },
  } as const;
}

/** Runs of an evaluation where a job does not say how many. */
const ATTEMPTS = 3;
const storedOptions = z.object({ attempts: z.int().min(1).max(1000) });

/** Numbers that BullMQ keeps beside a job; anything else is 0. */
const NUMBERS = ['timestamp', 'delay', 'priority', 'ats', 'atm', 'stc', 'processedOn'] as const;

/**
 * The hash of a job as BullMQ may read it: anybody who reaches the server can have written it. Fields that tenas does
 * not use (parents, schedules, failures decided beforehand) are left out, options are ours, and data that is no JSON
 * becomes a text that says so, which no schema takes for a job.
 * @param fields names and values in turn
 */
export function readableJobHash(fields: readonly unknown[]): string[] {
  const given = new Map<unknown, unknown>();
  for (let index = 0; index + 1 < fields.length; index += 2) given.set(fields[index], fields[index + 1]);
  const hash = ['name', 'job', 'data', readableData(given.get('data')), 'opts', options(given.get('opts'))];
  for (const name of NUMBERS) {
    const value = given.get(name);
    if (typeof value === 'string' && /^\d{1,15}$/.test(value)) hash.push(name, value);
  }
  return hash;
}

/** Other fields that BullMQ writes where nobody interferes. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['name', 'data', 'opts', ...NUMBERS, 'progress', 'returnvalue', 'failedReason', 'stacktrace'],
  ...['finishedOn', 'pb'],
]);

/**
 * Fields of a job's hash that nobody of us wrote, and that scripts of BullMQ would follow or fail at.
 * @returns null where there are none
 */
export function strangeFields(fields: readonly unknown[]): { readonly remove: readonly string[] } | null {
  const remove: string[] = [];
  let broken = false;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index];
    if (name === 'opts') broken = !storedOptions.safeParse(parsed(fields[index + 1])).success;
    else if (typeof name === 'string' && !KNOWN.has(name)) remove.push(name);
  }
  return broken || remove.length > 0 ? { remove } : null;
}

function options(text: unknown): string {
  const read = storedOptions.safeParse(parsed(text));
  return JSON.stringify(jobOptions(read.success ? read.data.attempts : ATTEMPTS));
}

function readableData(text: unknown): string {
  const data = parsed(text);
  return JSON.stringify(data instanceof TenasError ? data.message : (data ?? null));
}

/** A value from JSON within the limits of a job; a TenasError: it is none. */
function parsed(text: unknown): unknown {
  try {
    return parseJson(typeof text === 'string' ? text : '', { length: LONGEST_JOB, ...MESSAGE_LIMITS });
  } catch (error) {
    if (error instanceof TenasError) return error;
    throw error;
  }
}
