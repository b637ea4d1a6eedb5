import { dirname } from 'node:path';
import { describeValue, plural, readInput, TenasError } from '@tenas/base';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type BatchSpec, specSchema } from './schema.js';
import { MAX_SPEC_BYTES, yamlProblem } from './yaml-limits.js';

/** A parsed spec, with source positions for error messages. */
export interface ReadSpec {
  readonly spec: BatchSpec;
  /** As it is in the file. */
  readonly text: string;
  /** Paths in the spec are relative to this folder. */
  readonly folder: string;
  /** An error about a field: names the file, its line and the field. */
  fieldError(path: SpecPath, problem: string, cause?: unknown): TenasError;
}

/** Names and positions that lead to a field. */
export type SpecPath = readonly (string | number)[];

/**
 * Reads the spec of a batch, YAML or JSON.
 * @throws TenasError `SPEC_INVALID` naming file, line, field, value and what would be right, of every mistake; those of
 * `readInput`
 */
export async function readSpec(path: string): Promise<ReadSpec> {
  const bytes = await readInput(path, { maxBytes: MAX_SPEC_BYTES });
  return parseSpec(bytes.toString('utf8'), path, dirname(path));
}

/** {@link readSpec} of text; `name` stands for the file in errors. */
export function parseSpec(text: string, name: string, folder: string): ReadSpec {
  const tooMuch = yamlProblem(text);
  if (tooMuch !== null) throw specError(`${name}: ${tooMuch}`, undefined);
  const lines = new LineCounter();
  const document = documentOf(text, name, lines);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw specError(`${name}:${lines.linePos(syntax.pos[0]).line}: not YAML: ${syntax.message}`, undefined);
  }
  const fieldError = (at: SpecPath, problem: string, cause?: unknown) => {
    const field = fieldName(at);
    const line = lines.linePos(offsetOf(document, at)).line;
    return specError(`${name}:${line}: ${field === '' ? '' : `${field}: `}${problem}`, field, cause);
  };
  let value: unknown;
  try {
    value = document.toJS();
    // Fails where an alias stands inside of what it names.
    JSON.stringify(value);
  } catch (error) {
    const problem =
      error instanceof TypeError ? 'an alias stands inside of what it names' : (error as Error).message;
    throw specError(`${name}: ${problem}`, undefined, error);
  }
  const result = specSchema.safeParse(value);
  if (!result.success) {
    const mistakes = result.error.issues.flatMap(placesOf);
    const first = mistakes
      .slice(0, SHOWN_MISTAKES)
      .sort((one, other) => offsetOf(document, one.path) - offsetOf(document, other.path));
    const errors = first.map(({ path, wanted }) => {
      const given = valueAt(value, path);
      const got = given === undefined ? 'missing' : `got ${shown(given)}`;
      return fieldError(path, `${got}; give ${wanted}`);
    });
    throw together(errors, mistakes.length - errors.length);
  }
  return { spec: result.data, text, folder, fieldError };
}

/** The parser calls itself for each level of indentation, and may run out of stack. */
function documentOf(text: string, name: string, lineCounter: LineCounter): Document {
  try {
    // Pretty errors quote the text; the time for thousands of them grows with its square.
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (error) {
    throw specError(`${name}: not YAML: ${(error as Error).message}`, undefined, error);
  }
}

function specError(message: string, field: string | undefined, cause?: unknown): TenasError {
  return new TenasError('SPEC_INVALID', message, { ...(field ? { field } : {}), cause });
}

/** Mistakes that one error names; more than these hide what is wrong. */
const SHOWN_MISTAKES = 20;

/** One error of all mistakes, a line each; its field is that of the first. @param more mistakes that are not shown */
function together(errors: readonly TenasError[], more: number): TenasError {
  const messages = errors.map(({ message }) => message);
  if (more > 0) messages.push(`and ${plural(more, 'more mistake')}`);
  return specError(messages.join('\n'), errors[0]!.field);
}

/** Where exactly the problem is: each unknown field is named. */
function placesOf(issue: z.core.$ZodIssue): { path: SpecPath; wanted: string }[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const paths = unknown.length === 0 ? [path] : unknown.map((key) => [...path, key]);
  return paths.map((at) => ({ path: at, wanted: issue.message }));
}

function valueAt(value: unknown, path: SpecPath): unknown {
  return path.reduce<unknown>((at, part) => {
    if (typeof at !== 'object' || at === null) return part === 0 ? at : undefined;
    if (part === 0 && !Array.isArray(at)) return at;
    return (at as Record<string | number, unknown>)[part];
  }, value);
}

/** Offset of the field in the text, or of the innermost field around it that is there. */
function offsetOf(document: Document, path: SpecPath): number {
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

function fieldName(path: SpecPath): string {
  return path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`),
    '',
  );
}

function shown(value: unknown): string {
  const json = describeValue(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}
