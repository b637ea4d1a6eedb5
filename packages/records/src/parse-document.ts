import { clip, parseJson, TenasError } from '@tenas/base';
import type { z } from 'zod';

/** Levels of lists and objects. */
const DEEPEST = 32;
/** Longest text, also inside the data of a plug-in. */
const LONGEST_STRING = 262_144;

/** The code of every error about a document: no JSON, not the kind it should be, a field that is wrong. */
export const RECORD_INVALID = 'RECORD_INVALID';

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document,
  );
}

function described(value: unknown): string {
  if (value === undefined) return 'is missing';
  // Only scalars are written out: what is nested may be megabytes.
  if (Array.isArray(value)) return `is a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    return `is an object of ${clip(Object.keys(value).slice(0, 8).join(', ') || 'no fields')}`;
  }
  return `is ${clip(typeof value === 'string' ? JSON.stringify(value.slice(0, 200)) : String(value))}`;
}

/**
 * Refuses documents that are nested or whose texts are longer than anything tenas writes, before a schema, which
 * recurses, sees them.
 */
function checkBounds(document: unknown, from: string): void {
  let level: unknown[] = [document];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) {
      throw new TenasError(RECORD_INVALID, `${from}: nested deeper than ${DEEPEST} levels`, {
        field: 'document',
        value: from,
      });
    }
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string' && value.length > LONGEST_STRING) {
        const problem = `a text of ${value.length} characters; at most ${LONGEST_STRING} are read`;
        throw new TenasError(RECORD_INVALID, `${from}: ${problem}`, { field: 'document', value: from });
      }
      if (typeof value !== 'object' || value === null) continue;
      for (const item of Object.values(value)) next.push(item);
    }
    level = next;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
};

/** What would be right, to complete "it must be". A schema without words of its own has the library's sentence. */
function wanted({ message, ...issue }: z.core.$ZodIssue): string {
  if (!message.startsWith('Invalid ')) return message;
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  // Of the alternatives of a union: "Invalid discriminator value. Expected 'a' | 'b'".
  return message.replace(/^Invalid .*Expected /, '').replaceAll(' | ', ' or ');
}

/** What would be right where a field is unknown: in a schema's own words, if it has some. */
function withoutUnknown({ message }: z.core.$ZodIssue): string {
  return message.startsWith('Unrecognized ') ? 'leave it out' : `it must be ${message}`;
}

/**
 * Checks a document that came from a file, a database or a queue.
 * @param from where it is from, for messages: a file's name
 * @param kind what it should be: `a search record`
 * @throws TenasError `RECORD_INVALID` naming where it is from, the field, its value and what would be right
 */
export function parseDocument<S extends z.ZodType>(
  schema: S,
  document: unknown,
  from: string,
  kind: string,
): z.output<S> {
  checkBounds(document, from);
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const { issues } = result.error;
  // A field that is missing may be there under a wrong name, which helps more.
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown?.code === 'unrecognized_keys') {
    const field = clip([...unknown.path, unknown.keys[0]!].map(String).join('.'));
    throw new TenasError(
      RECORD_INVALID,
      `${from}: this looks like ${kind}, but has the unknown field ${field}; ${withoutUnknown(unknown)}`,
      { field, value: valueAt(document, [...unknown.path, unknown.keys[0]!]) },
    );
  }
  const issue = issues[0]!;
  const field = clip(issue.path.map(String).join('.')) || 'document';
  const value = valueAt(document, issue.path);
  throw new TenasError(
    RECORD_INVALID,
    `${from}: this looks like ${kind}, but ${field} ${described(value)}; it must be ${wanted(issue)}`,
    { field, value },
  );
}

/** Longer than any document of tenas: the points of an evaluation of a whole space are 10 MB. */
const LIMITS = {
  length: 512 * 1024 * 1024,
  depth: DEEPEST,
  containers: 20_000_000,
  keys: 50_000_000,
};

/** A document from JSON text. @throws TenasError `RECORD_INVALID` naming where it is from */
export function parseJsonText(text: string, from: string): unknown {
  try {
    return parseJson(text, LIMITS);
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    throw new TenasError(RECORD_INVALID, `${from}: not JSON that is read here: ${cause.message}`, {
      field: 'document',
      value: from,
      cause,
    });
  }
}
