import { z } from 'zod';
import { anyText, count, finiteNumber } from './parse-document.js';

/** What a report reads of a document of `tenas export --json`. */
export const exportDocumentSchema = z.object({
  out: anyText,
  space: anyText,
  genotype: anyText,
  opset: count,
  params: finiteNumber,
  flops: finiteNumber,
  bytes: finiteNumber,
  weights: anyText,
  check: z
    .object({
      ok: z.boolean({ error: () => 'true or false' }),
      failure: anyText.nullable(),
      relative: finiteNumber.nullable(),
      ortVersion: anyText,
    })
    .optional(),
});

/** A document of `tenas export`, checked. */
export type ExportDocument = z.output<typeof exportDocumentSchema>;
