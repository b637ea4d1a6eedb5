import { randomBytes } from 'node:crypto';
import { clip, isRecord, parseJson, TenasError } from '@tenas/base';
import { parseDocument, RECORD_INVALID } from '@tenas/records';
import { z } from 'zod';
import type { UnitFailure } from '../store/units.js';
import { taskSchema } from '../task-reading.js';
import type { Task } from '../tasks.js';

// Messages between coordinators and workers through the server. Anybody who reaches the server can write there, so
// everything is checked when it arrives.

/** Longest text of one line. */
const LONGEST_LINE = 4096;
/** Longest text of an architecture. */
const LONGEST_ARCHITECTURE = 65_536;

/** Threads of one worker. */
const MOST_THREADS = 4096;

const line = z.string().max(LONGEST_LINE);

/** The number of one handing over of a job, which nobody can foresee. What answers it has the same number. */
export function newTurn(): string {
  return randomBytes(16).toString('hex');
}

const turn = z.string().regex(/^[0-9a-f]{32}$/);
/** HMAC-SHA-256; see `QueueSigner`. */
const signature = line.optional();

/** What is signed of a message: all but its turn and signature. */
export function signedPart(message: unknown): unknown {
  if (!isRecord(message)) return message;
  const { signature: _, turn: __, ...body } = message;
  return body;
}

/** Content of a job in the queue. Its id is the key of the unit. */
export interface WireJob {
  /** Version of results; see `resultsVersion`. */
  readonly version: string;
  readonly task: Task;
  readonly seed: number;
  /** Of a score or training; null: a search. */
  readonly architecture: string | null;
  readonly turn: string;
  readonly signature?: string | undefined;
}

const versioned = z.looseObject({ version: line });
const wireJob: z.ZodType<WireJob> = z
  .strictObject({
    version: line,
    task: taskSchema,
    seed: z.int().min(0),
    architecture: z.string().max(LONGEST_ARCHITECTURE).nullable(),
    turn,
    signature,
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
  /** Of the job that it answers. */
  readonly turn: string;
  readonly signature?: string | undefined;
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
  turn,
  signature,
});

/** What a report of a worker has besides its content. */
interface Reported {
  readonly turn: string;
  readonly signature?: string | undefined;
}

const reported = { turn, signature };

/** Report of a worker that refuses a job and leaves. */
export interface WireRefusal extends Reported {
  readonly refused: string;
}

const wireRefusal: z.ZodType<WireRefusal> = z.strictObject({ refused: line, ...reported });

/** Report of a worker that has trained another epoch. */
export interface WireEpoch extends Reported {
  readonly done: number;
  readonly epochs: number;
}

const wireEpoch: z.ZodType<WireEpoch> = z.strictObject({
  done: z.int().min(0),
  epochs: z.int().min(1),
  ...reported,
});

/** Report of a worker that begins a job, where messages are signed: without it nobody can say that it vanished. */
export interface WireBegan extends Reported {
  /** {@link Membership.id} of the worker. */
  readonly began: string;
}

const wireBegan: z.ZodType<WireBegan> = z.strictObject({ began: line, ...reported });

/** What a worker says of a job that it has. */
export type WireReport = WireRefusal | WireEpoch | WireBegan;

const wireReport: z.ZodType<WireReport> = z.union([wireRefusal, wireEpoch, wireBegan]);

/** A coordinator or worker that is alive. */
export interface Member {
  readonly version: string;
  readonly name: string;
  /** Threads that a worker keeps busy. */
  readonly threads?: number | undefined;
}

/** A member with its last sign of life: seconds, by the server's clock. */
export interface StoredMember extends Member {
  readonly at: number;
  readonly signature?: string | undefined;
}

const storedMember: z.ZodType<StoredMember> = z.strictObject({
  version: line,
  name: line,
  threads: z.int().min(1).max(MOST_THREADS).optional(),
  at: z.number(),
  signature,
});

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

/** Limits on what workers report and members say of themselves. */
const SHORT_MESSAGE = { length: 16_384, depth: 4, containers: 16, keys: 64 };

/** What a worker reports, from its text; null: this says something else. */
export function reportIn(text: string): WireReport | null {
  return shortMessage(wireReport, text);
}

/** A member as the server has it; null: it is none. */
export function memberIn(text: string): StoredMember | null {
  return shortMessage(storedMember, text);
}

function shortMessage<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(parseJson(text, SHORT_MESSAGE)).data ?? null;
  } catch (error) {
    if (error instanceof TenasError) return null;
    throw error;
  }
}

/** The end of a run of a job that failed. */
export interface WireFailure extends UnitFailure {
  /** Of the job; absent where nothing is signed. */
  readonly turn?: string | undefined;
  readonly signature?: string | undefined;
}

/** A failure as the text that BullMQ keeps of it. */
export function failureText({ code, message, turn, signature }: WireFailure): string {
  const text = `${code}: ${message}`;
  return signature === undefined ? text : `${text} [${turn} ${signature}]`;
}

const FAILURE = /^([A-Z][A-Z0-9_]{0,63}): (.*?)(?: \[([0-9a-f]{32}) ([0-9a-f]{64})\])?$/s;

/** A failure from its text; null: no worker wrote it. */
export function failureIn(text: string): WireFailure | null {
  const [, code, message, turn, signature] = FAILURE.exec(text) ?? [];
  if (code === undefined || message === undefined) return null;
  return signature === undefined ? { code, message } : { code, message, turn, signature };
}

/** A message for people, short enough for a failure. */
export function clippedFailure({ code, message }: UnitFailure): UnitFailure {
  return { code, message: message.length > LONGEST_LINE ? clip(message) : message };
}
