import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { z } from 'zod';
import { clip, describeValue } from '../describe-value.js';
import { TenasError } from '../errors.js';
import { plural } from '../number-text.js';
import { yamlProblem } from './limits.js';
import { mistakesOf } from './mistakes.js';

/** Names and positions that lead to a field. */
export type FieldPath = readonly (string | number)[];

/** What a YAML text says, with source positions for error messages. */
export interface ReadYaml<T> {
  readonly value: T;
  /** An error about a field: names the file, its line and the field. */
  fieldError(path: FieldPath, problem: string, cause?: unknown): TenasError;
  /** Several of these errors as one, in the order of the text, a line for each. */
  together(errors: readonly TenasError[]): TenasError;
}

/** Settings of {@link readYaml}. */
export interface ReadYamlOptions<T> {
  /** Stands for the file in errors. */
  readonly name: string;
  /** Its messages say what would be right: `a whole number of at least 1`. */
  readonly schema: z.ZodType<T>;
  /** Code of all errors. */
  readonly code: string;
}

/**
 * Reads text in YAML or JSON by a schema.
 * @throws TenasError of the code in the options, naming file, line, field, value and what would be right, of every mistake
 */
export function readYaml<T>(text: string, { name, schema, code }: ReadYamlOptions<T>): ReadYaml<T> {
  const error = (message: string, field: string | undefined, cause?: unknown) =>
    new TenasError(code, message, { ...(field ? { field } : {}), cause });
  const severalError = (problems: readonly string[], field: string | undefined) =>
    new TenasError(code, problems.join('\n'), { ...(field ? { field } : {}), problems });
  const tooMuch = yamlProblem(text);
  if (tooMuch !== null) throw error(`${name}: ${tooMuch}`, undefined);
  const lines = new LineCounter();
  const document = documentOf(text, lines, (cause) =>
    error(`${name}: not YAML: ${cause.message}`, undefined, cause),
  );
  const [syntax] = [...document.errors, ...document.warnings];
  if (syntax !== undefined) {
    throw error(`${name}:${lines.linePos(syntax.pos[0]).line}: ${syntaxProblem(syntax)}`, undefined);
  }
  const { version } = document.directives?.yaml ?? { version: VERSION };
  if (version !== VERSION) throw error(`${name}: ${otherVersion(version)}`, undefined);
  const prototype = prototypeKey(document);
  if (prototype !== null) {
    const { line } = lines.linePos(prototype);
    throw error(`${name}:${line}: __proto__: no field may have this name; leave it out`, '__proto__');
  }
  const offsets = new WeakMap<TenasError, number>();
  const fieldError = (at: FieldPath, problem: string, cause?: unknown) => {
    const field = fieldName(at);
    const offset = offsetOf(document, at);
    const { line } = lines.linePos(offset);
    const made = error(`${name}:${line}: ${field === '' ? '' : `${field}: `}${problem}`, field, cause);
    offsets.set(made, offset);
    return made;
  };
  const placeOf = (one: TenasError) => offsets.get(one) ?? text.length;
  const together = (errors: readonly TenasError[], count = errors.length) => {
    const [first, ...others] = errors
      .slice(0, SHOWN_MISTAKES)
      .sort((one, other) => placeOf(one) - placeOf(other));
    if (first === undefined) throw new RangeError('there is no error to tell');
    const messages = [first, ...others].map(({ message }) => message);
    const more = count - messages.length;
    if (more > 0) messages.push(`and ${plural(more, 'more mistake')}`);
    return messages.length === 1 ? first : severalError(messages, first.field);
  };
  let value: unknown;
  try {
    value = document.toJS();
    // Fails where an alias stands inside of what it names.
    JSON.stringify(value);
  } catch (cause) {
    const problem =
      cause instanceof TypeError ? 'an alias stands inside of what it names' : (cause as Error).message;
    throw error(`${name}: ${problem}`, undefined, cause);
  }
  const result = schema.safeParse(value);
  if (result.success) {
    return { value: result.data, fieldError, together: (errors) => together(errors) };
  }
  const mistakes = mistakesOf(result.error.issues, (path) => valueAt(value, path));
  const errors = mistakes.slice(0, SHOWN_MISTAKES).map(({ path, wanted }) => {
    const given = valueAt(value, path);
    const got = given === undefined ? 'missing' : `got ${shown(given)}`;
    return fieldError(path, `${got}; give ${wanted}`);
  });
  throw together(errors, mistakes.length);
}

/** In other versions `yes` and dates are other values. */
const VERSION = '1.2';

function otherVersion(version: string): string {
  return `its first line asks for YAML ${clip(version)}; YAML ${VERSION} is read, leave the line out`;
}

function syntaxProblem({ code, message }: YAMLError): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; give one document a file';
    case 'BAD_DIRECTIVE':
      return `not YAML ${VERSION}: ${clip(message)}; leave the line out`;
    case 'TAG_RESOLVE_FAILED':
      return `${clip(message)}; leave it out`;
    default:
      return `not YAML: ${message}`;
  }
}

/** Where a key is `__proto__`, which schemas of records pass over without a word; null where none is. */
function prototypeKey(document: Document): number | null {
  let found: number | null = null;
  visit(document, {
    Pair(_place, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return undefined;
      found = key.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

/** Mistakes that one error names; more than these hide what is wrong. */
const SHOWN_MISTAKES = 20;

/** The parser calls itself for each level of indentation, and may run out of stack. */
function documentOf(text: string, lineCounter: LineCounter, refusal: (cause: Error) => TenasError): Document {
  try {
    // Pretty errors quote the text; the time for thousands of them grows with its square.
    // Known tags besides those of JSON make sets, dates and bytes, which no schema here knows.
    const options = { prettyErrors: false, logLevel: 'error', resolveKnownTags: false } as const;
    return parseDocument(text, { lineCounter, ...options });
  } catch (error) {
    throw refusal(error as Error);
  }
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((at, part) => {
    if (typeof at !== 'object' || at === null) return part === 0 ? at : undefined;
    if (part === 0 && !Array.isArray(at)) return at;
    return (at as Record<string | number, unknown>)[part];
  }, value);
}

/** Offset of the field in the text, or of the innermost field around it that is there. */
function offsetOf(document: Document, path: FieldPath): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const part of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) {
        if (part === 0) continue;
        break;
      }
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      next = pair.value;
    } else {
      next = document.contents === null ? undefined : itemOf(node, part);
      if (isNode(next)) offset = next.range?.[0] ?? offset;
    }
    if (!isNode(next)) break;
    node = next;
  }
  return offset;
}

function itemOf(node: unknown, part: string | number): unknown {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)
    ? node.items[Number(part)]
    : undefined;
}

function fieldName(path: FieldPath): string {
  return path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`),
    '',
  );
}

function shown(value: unknown): string {
  const json = describeValue(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}
