import { z } from 'zod';
import { amount, architectureText, count, type Immutable, name } from './fields.js';
import { modelReferenceSchema } from './model-reference.js';
import { plugInsSchema } from './plug-in-reference.js';
import { datasetReferenceSchema, metricInfosSchema, notesSchema, scoresSchema } from './scores.js';

/** Version of the format that scores are written in. */
export const SCORE_VERSION = 2 as const;

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
