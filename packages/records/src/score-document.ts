import { z } from 'zod';
import { amount, architectureText, count, finite, type Immutable, name } from './fields.js';
import { costModelSchema } from './front.js';
import { modelReferenceSchema } from './model-reference.js';
import { plugInsSchema } from './plug-in-reference.js';
import { datasetReferenceSchema, metricInfosSchema, notesSchema, scoresSchema } from './scores.js';

/** Version of the format that scores are written in. */
export const SCORE_VERSION = 2 as const;

/** A latency that a model predicts for an architecture. */
const predictedLatencySchema = z.object({
  value: finite,
  unit: z.literal('ms', { error: () => 'ms' }),
  /** Whether the architecture costs less than all that the model was fitted on: `value` is then the smallest of these. */
  belowRange: z.boolean({ error: () => 'true or false' }),
  model: costModelSchema,
});

/** The document of `tenas score --json`, and the result of a score in a batch. */
export const scoreDocumentSchema = z.object({
  scoreVersion: z.literal(SCORE_VERSION, { error: () => `${SCORE_VERSION}` }),
  kind: z.literal('score', { error: () => 'score' }),
  /** Absent from earlier documents of this version: unknown. */
  plugins: plugInsSchema.default([]),
  space: name,
  architecture: architectureText,
  /** The file that the network was read from; absent: it is one of the space. */
  model: modelReferenceSchema.optional(),
  /** null: not known from the document itself, as in results of batches. */
  dataset: datasetReferenceSchema.nullable(),
  seed: count,
  repeats: count,
  /** Every metric of the scores. */
  metrics: metricInfosSchema,
  scores: scoresSchema,
  /** What a model of latencies predicts; absent: none was named. */
  latency: predictedLatencySchema.optional(),
  /** Time of all metrics together. */
  seconds: amount,
  notes: notesSchema.optional(),
});

/** Scores of one architecture as a document. */
export type ScoreDocument = Immutable<z.output<typeof scoreDocumentSchema>>;

/** Scores of one architecture as the document of this version. */
export function scoreDocument(fields: Omit<ScoreDocument, 'scoreVersion' | 'kind'>): ScoreDocument {
  return { scoreVersion: SCORE_VERSION, kind: 'score', ...fields };
}
