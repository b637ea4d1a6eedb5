import { TenasError } from '@tenas/base';
import { z } from 'zod';

const WORDS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** A number as documents hold it: those that JSON lacks are written as words. */
export const jsonNumber = z.union(
  [z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform((word) => WORDS[word]!)],
  { error: () => 'a number' },
);

/** A finite number. */
export const finiteNumber = z.number({ error: () => 'a finite number' });

/** Text, whatever is in it. */
export const anyText = z.string({ error: () => 'text' });

/** A count, from 0. */
export const count = z
  .int({ error: () => 'a whole number' })
  .min(0, { error: () => 'a whole number from 0' });

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    document,
  );
}

function described(value: unknown): string {
  if (value === undefined) return 'is missing';
  const text = JSON.stringify(value) ?? String(value);
  return `is ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`;
}

/**
 * Checks a document that came from a file.
 * @throws TenasError `RESULT_INVALID` naming the file, the field, its value and what would be right
 */
export function parseDocument<S extends z.ZodType>(
  schema: S,
  document: unknown,
  file: string,
  kind: string,
): z.output<S> {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.map(String).join('.') || 'document';
  const value = valueAt(document, issue.path);
  throw new TenasError(
    'RESULT_INVALID',
    `${file}: this looks like ${kind}, but ${field} ${described(value)}; it must be ${issue.message}`,
    { field, value },
  );
}
