import { z } from 'zod';
import { anyText, count, finiteNumber } from './parse-document.js';

/** What a report reads of a document of `tenas score --json`. */
export const scoreDocumentSchema = z.object({
  space: anyText,
  architecture: anyText,
  seed: count,
  ntk: z.object({
    mode: anyText,
    aggregation: anyText,
    conditionNumber: finiteNumber.nullable(),
    conditionNumbers: z.array(finiteNumber.nullable()),
    outcomes: z.array(anyText),
    eigenvalues: z.array(finiteNumber),
  }),
  regions: finiteNumber,
  regionCounts: z.array(finiteNumber),
  params: finiteNumber,
  flops: finiteNumber,
  seconds: z.object({ ntk: finiteNumber, regions: finiteNumber, total: finiteNumber }),
  dataset: z.object({ name: anyText }).optional(),
});

/** A document of `tenas score`, checked. */
export type ScoreDocument = z.output<typeof scoreDocumentSchema>;
