import { z } from 'zod';
import { amount, architectureText, count, type Immutable, json, name, size, text } from './fields.js';
import { parseDocument } from './parse-document.js';
import { readScoreDocument, readSearchRecord, readTrainingRecord } from './read-record.js';
import { type ScoreDocument, scoreDocumentSchema } from './score-document.js';
import { datasetReferenceSchema } from './scores.js';
import { anySearchRecordSchema, type SearchRecord } from './search-record.js';
import { type TrainingRecord, trainingRecordSchema } from './training-record.js';

/** Settings of a job: those of its task, as the runner has them. */
const settings = z.looseObject(
  {
    space: name,
    dataset: datasetReferenceSchema.extend({ size: size.optional(), seed: count.optional() }).loose(),
    protocol: name.optional(),
    strategy: name.optional(),
    recipe: z.looseObject({ name }).optional(),
  },
  { error: () => 'an object of settings' },
);

function rowSchema<R extends z.ZodType>(result: R) {
  return z.object({
    kind: z.enum(['search', 'score', 'train'], { error: () => 'search, score or train' }),
    key: text.optional(),
    seed: count,
    status: z.enum(['pending', 'queued', 'running', 'done', 'failed'], {
      error: () => 'pending, queued, running, done or failed',
    }),
    /** Scored, found or trained; null for a search that is not done. */
    architecture: architectureText.nullable(),
    params: count.nullable(),
    /** Multiply-adds for one image. */
    flops: count.nullable(),
    seconds: amount.nullable(),
    attempts: count.optional(),
    isa: text.nullable().optional(),
    worker: text.nullable().optional(),
    errorCode: name.nullable().optional(),
    error: text.nullable().optional(),
    /** For scores, the evaluated architecture: the representative of isomorphic architectures. */
    scoredAs: architectureText.nullable().optional(),
    /** ISO 8601. */
    finishedAt: text.nullable().optional(),
    /** Settings of metrics or of a recipe that are not the defaults: `rate=0.05 flip=false`. */
    changes: text.nullable().optional(),
    settings,
    result,
  });
}

/** A line of the JSONL that `tenas batch export` writes. */
export const batchRowSchema = rowSchema(
  z.union([anySearchRecordSchema, scoreDocumentSchema, trainingRecordSchema]).nullable(),
);

const uncheckedRowSchema = rowSchema(json);

type UncheckedRow = Immutable<z.output<typeof uncheckedRowSchema>>;

/** A job of a batch with its result; null: it has none (yet). */
export type BatchRow = Omit<UncheckedRow, 'kind' | 'result'> &
  (
    | { readonly kind: 'search'; readonly result: SearchRecord | null }
    | { readonly kind: 'score'; readonly result: ScoreDocument | null }
    | { readonly kind: 'train'; readonly result: TrainingRecord | null }
  );

/** Whether a document is a line of the JSONL of a batch. */
export function isBatchRow(document: object): boolean {
  return ['kind', 'status', 'settings', 'result'].every((field) => field in document);
}

/** Reads a line of the JSONL of a batch; results of version 1 are migrated. @throws TenasError `RECORD_INVALID` */
export function readBatchRow(document: unknown, from: string): BatchRow {
  const { kind, result, ...row } = parseDocument(uncheckedRowSchema, document, from, 'a job of a batch');
  const none = result === null;
  switch (kind) {
    case 'search':
      return { ...row, kind, result: none ? null : readSearchRecord(result, from) };
    case 'score':
      return { ...row, kind, result: none ? null : readScoreDocument(result, from) };
    case 'train':
      return { ...row, kind, result: none ? null : readTrainingRecord(result, from) };
  }
}
