import { z } from 'zod';

// Bounds of what a document may hold: far above anything tenas writes, and low enough that a page,
// a figure or a table made of a document takes no more than seconds. Messages complete "it must be ...".

/** Longest text of one line: names, labels, messages. */
const LONGEST_TEXT = 4096;
/** Longest text of an architecture. */
const LONGEST_ARCHITECTURE = 65_536;
/** Longest name of a metric, space, decision or choice. */
const LONGEST_NAME = 128;

/** A checked document's type: the content of a file is never changed. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/** Text of one line, whatever is in it. */
export const text = boundedText('text', LONGEST_TEXT);

/** A name: of a metric, a space, a strategy, a choice. */
export const name = boundedText('a name', LONGEST_NAME);

/** An architecture as its space writes it. */
export const architectureText = boundedText('an architecture', LONGEST_ARCHITECTURE);

function boundedText(what: string, longest: number) {
  return z
    .string({ error: () => what })
    .max(longest, { error: () => `${what} of at most ${longest} characters` });
}

/** A finite number. */
export const finite = z.number({ error: () => 'a finite number' });

/** An estimate with its interval; null: not defined. */
export const estimate = z.object({
  value: finite.nullable(),
  low: finite.nullable(),
  high: finite.nullable(),
});

/** A finite number from 0: seconds, bytes. */
export const amount = finite.min(0, { error: () => 'a number from 0' });

/** A count, from 0. */
export const count = z
  .int({ error: () => 'a whole number' })
  .min(0, { error: () => 'a whole number from 0' });

/** A size of an image or a number of classes. */
export const size = count
  .min(1, { error: () => 'a whole number from 1 to 65536' })
  .max(65_536, { error: () => 'a whole number from 1 to 65536' });

/** Which end of a metric is good. */
export const better = z.enum(['lower', 'higher'], { error: () => 'lower or higher' });

/** A list of at most so many items. */
export function list<S extends z.ZodType>(item: S, longest: number, what = 'a list') {
  return z
    .array(item, { error: () => what })
    .max(longest, { error: () => `${what} of at most ${longest} items` });
}

/** An object of values by names of one kind, of at most so many. */
export function byKey<K extends z.ZodType<string>, S extends z.ZodType>(
  key: K,
  value: S,
  most: number,
  what: string,
) {
  return z
    .record(key, value, {
      error: (issue) => (issue.code === 'invalid_key' ? `named otherwise: ${problemOf(issue.issues)}` : what),
    })
    .refine((object) => Object.keys(object).length <= most, {
      error: () => `${what} of at most ${most} fields`,
    });
}

function problemOf(issues: readonly { readonly message?: string | undefined }[]): string {
  return `a key must be ${issues[0]?.message ?? 'a name'}`;
}

/** {@link byKey} with plain names. */
export function byName<S extends z.ZodType>(value: S, most: number, what = 'an object') {
  return byKey(name, value, most, what);
}

/** Plain data of a plug-in: settings, details. Its depth is bounded where the document is read. */
export const json = z.unknown();

/** An object of plain data. */
export const jsonObject = byName(json, 1000, 'an object of settings');
