import { readFileSync } from 'node:fs';
import { TenasError } from '@tenas/base';
import { z } from 'zod';

const count = z.int().min(1).max(65_536);

/** What other commands read of a record that `tenas search` wrote. */
const recordSchema = z.object({
  status: z.literal('complete', {
    error: ({ input }) =>
      input === 'interrupted'
        ? 'the search was interrupted: there is no architecture in it'
        : "must be 'complete', as in a record of `tenas search`",
  }),
  space: z.string().min(1),
  genotype: z.string().min(1),
  dataset: z.object({ name: z.string().min(1), classes: count, height: count, width: count }),
  scores: z.record(z.string(), z.number()).optional(),
});

/** The part of a search's record that an export needs. */
export type SearchedArchitecture = z.output<typeof recordSchema>;

/**
 * Reads a record of `tenas search`.
 * @throws TenasError RECORD_INVALID naming the file and the field
 */
export function readSearchRecord(path: string): SearchedArchitecture {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TenasError('RECORD_INVALID', `${path}: not JSON, so no record of a search`, {
      field: 'record',
      value: path,
    });
  }
  const result = recordSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') || 'record';
  throw new TenasError('RECORD_INVALID', `${path}: ${field}: ${issue?.message ?? 'not as expected'}`, {
    field,
  });
}
