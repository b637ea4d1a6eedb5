import { TenasError } from '@tenas/base';
import { parseDocument, RECORD_INVALID } from '@tenas/records';
import { z } from 'zod';
import { taskSchema } from '../task-reading.js';
import type { Task } from '../tasks.js';

// Messages between coordinators and workers through the server. Anybody who reaches the server can write there, so
// everything is checked when it arrives.

/** Longest text of one line. */
const LONGEST_LINE = 4096;
/** Longest text of an architecture. */
const LONGEST_ARCHITECTURE = 65_536;

const line = z.string().max(LONGEST_LINE);

/** Content of a job in the queue. Its id is the key of the unit. */
export interface WireJob {
  /** Version of results; see `resultsVersion`. */
  readonly version: string;
  readonly task: Task;
  readonly seed: number;
  /** Of a score or training; null: a search. */
  readonly architecture: string | null;
}

const versioned = z.looseObject({ version: line });
const wireJob: z.ZodType<WireJob> = z
  .strictObject({
    version: line,
    task: taskSchema,
    seed: z.int().min(0),
    architecture: z.string().max(LONGEST_ARCHITECTURE).nullable(),
  })
  .refine(({ task, architecture }) => (task.kind === 'search') === (architecture === null), {
    error: () => 'an architecture for a score or training, and null for a search',
    path: ['architecture'],
  });

/** Answer of a worker. */
export interface WireResult {
  /** The result record as JSON. */
  readonly result: string;
  readonly seconds: number;
  readonly isa: string;
  readonly worker: string;
  /** Of a training: SHA-256 of the weights, which lie beside the job in Redis. */
  readonly weights?: string | undefined;
}

const wireResult: z.ZodType<WireResult> = z.strictObject({
  result: z.string(),
  seconds: z.number().min(0),
  isa: line,
  worker: line,
  weights: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** Report of a worker that refuses a job and leaves. */
export interface WireRefusal {
  readonly refused: string;
}

const wireRefusal: z.ZodType<WireRefusal> = z.object({ refused: line });

/** Report of a worker that has trained another epoch. */
export interface WireEpoch {
  readonly done: number;
  readonly epochs: number;
}

const wireEpoch: z.ZodType<WireEpoch> = z.object({ done: z.int().min(0), epochs: z.int().min(1) });

/** A coordinator or worker that is alive. */
export interface Member {
  readonly version: string;
  readonly name: string;
}

/** A member with its last sign of life: seconds, by the server's clock. */
export interface StoredMember extends Member {
  readonly at: number;
}

const storedMember: z.ZodType<StoredMember> = z.object({ version: line, name: line, at: z.number() });

/** The version of results that a job is of, which decides how the rest is read. @throws TenasError `RECORD_INVALID` */
export function versionOf(data: unknown): string {
  return parseDocument(versioned, data, 'the queue', 'a job').version;
}

/** @throws TenasError `RECORD_INVALID` */
export function readJob(data: unknown): WireJob {
  return parseDocument(wireJob, data, 'the queue', 'a job');
}

/** @throws TenasError `RECORD_INVALID` */
export function readAnswer(data: unknown): WireResult {
  // Its text is a whole record, longer than any text within a document.
  const read = wireResult.safeParse(data);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.join('.') || 'document';
  throw new TenasError(RECORD_INVALID, `an answer of a worker is none: ${field}: ${issue?.message}`, {
    field,
  });
}

/** Why a worker left; null: this says something else. */
export function refusalIn(data: unknown): string | null {
  return wireRefusal.safeParse(data).data?.refused ?? null;
}

/** How far a training is; null: this says something else. */
export function epochIn(data: unknown): WireEpoch | null {
  return wireEpoch.safeParse(data).data ?? null;
}

/** A member as the server has it; null: it is none. */
export function memberIn(text: string): StoredMember | null {
  try {
    return storedMember.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
