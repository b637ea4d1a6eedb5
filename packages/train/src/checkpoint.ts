import { createHash } from 'node:crypto';
import { parseJson, TenasError } from '@tenas/base';
import { z } from 'zod';
import type { TrainingSettings } from './training-settings.js';

/** One finished epoch of a training. */
export interface TrainedEpoch {
  /** Mean over the images, in training mode and as augmented. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** With running statistics, after the epoch; null without validation images. */
  readonly validAccuracy: number | null;
  /** Of the whole epoch, its validation included. */
  readonly seconds: number;
  /** Training images per second of the steps alone. */
  readonly imagesPerSecond: number;
}

/** What of the epoch under way is done. */
export interface EpochUnderWay {
  readonly steps: number;
  readonly images: number;
  /** Sum over the images. */
  readonly loss: number;
  readonly correct: number;
  /** So far, of the steps alone. */
  readonly seconds: number;
}

/** A training between two steps, from which it goes on to the bit. */
export interface TrainingCheckpoint {
  readonly settings: TrainingSettings;
  readonly epochs: readonly TrainedEpoch[];
  readonly underWay: EpochUnderWay;
  /** Of the trainer. */
  readonly snapshot: Uint8Array;
}

/** An epoch of which nothing is done. */
export const FRESH_EPOCH: EpochUnderWay = { steps: 0, images: 0, loss: 0, correct: 0, seconds: 0 };

const MAGIC = 'tenas training 1\n';
const SUM_BYTES = 32;
const LENGTH_BYTES = 4;
/** Room for a hundred thousand epochs. */
const HEADER_LIMITS = { length: 1 << 26, depth: 4, containers: 200_000, keys: 1_000_000 } as const;

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const amount = z.number().min(0);

const headerSchema = z.object({
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  epochs: z.array(
    z.object({
      trainLoss: z.number(),
      trainAccuracy: share,
      validAccuracy: share.nullable(),
      seconds: amount,
      imagesPerSecond: amount,
    }),
  ),
  underWay: z.object({ steps: count, images: count, loss: z.number(), correct: count, seconds: amount }),
});

/** A checkpoint as bytes: a line of text, a JSON header, the trainer's snapshot, and a SHA-256 sum of it all. */
export function encodeCheckpoint({ snapshot, ...header }: TrainingCheckpoint): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  const content = Buffer.concat([Buffer.from(MAGIC), length, text, snapshot]);
  return Buffer.concat([content, sumOf(content)]);
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 * @param from where the bytes are from, for messages
 * @throws TenasError CHECKPOINT_INVALID for anything else, damaged ones included
 */
export function decodeCheckpoint(bytes: Uint8Array, from: string): TrainingCheckpoint {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const content = whole.subarray(0, Math.max(0, whole.length - SUM_BYTES));
  const begin = MAGIC.length + LENGTH_BYTES;
  if (content.length < begin || content.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw invalid(from, 'is no checkpoint of a training');
  }
  if (!sumOf(content).equals(whole.subarray(content.length)))
    throw invalid(from, 'is damaged: its sum is wrong');
  const end = begin + content.readUInt32LE(MAGIC.length);
  const header = headerSchema.safeParse(headerOf(content.toString('utf8', begin, end), from));
  if (!header.success)
    throw invalid(from, `does not hold what it should: ${header.error.issues[0]?.message}`);
  // A copy: the trainer takes whole arrays.
  return { ...header.data, snapshot: new Uint8Array(content.subarray(end)) };
}

function headerOf(text: string, from: string): unknown {
  try {
    return parseJson(text, HEADER_LIMITS);
  } catch (cause) {
    throw invalid(from, `has a header that cannot be read: ${(cause as Error).message}`, cause);
  }
}

function sumOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

function invalid(from: string, problem: string, cause?: unknown): TenasError {
  return new TenasError('CHECKPOINT_INVALID', `${from} ${problem}; start the training anew`, {
    field: 'checkpoint',
    value: from,
    cause,
  });
}
