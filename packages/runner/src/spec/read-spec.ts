import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TenasError } from '@tenas/base';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type BatchSpec, specSchema } from './schema.js';

/** A spec and what is needed to speak of places in it. */
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
 * @throws TenasError `SPEC_INVALID` naming file, line, field, value and what would be right; ENOENT and the like
 */
export function readSpec(path: string): ReadSpec {
  return parseSpec(readFileSync(path, 'utf8'), path, dirname(path));
}

/** {@link readSpec} of text; `name` stands for the file in errors. */
export function parseSpec(text: string, name: string, folder: string): ReadSpec {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    const problem = syntax.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
    throw specError(`${name}:${lines.linePos(syntax.pos[0]).line}: not YAML: ${problem}`, undefined);
  }
  const fieldError = (at: SpecPath, problem: string, cause?: unknown) => {
    const field = fieldName(at);
    const line = lines.linePos(offsetOf(document, at)).line;
    return specError(`${name}:${line}: ${field === '' ? '' : `${field}: `}${problem}`, field, cause);
  };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw specError(`${name}: ${error instanceof Error ? error.message : String(error)}`, undefined, error);
  }
  const result = specSchema.safeParse(value);
  if (!result.success) {
    const { path, wanted } = innermost(result.error.issues[0]!);
    const given = valueAt(value, path);
    const got = given === undefined ? 'missing' : `got ${shown(given)}`;
    throw fieldError(path, `${got}; give ${wanted}`);
  }
  return { spec: result.data, text, folder, fieldError };
}

function specError(message: string, field: string | undefined, cause?: unknown): TenasError {
  return new TenasError('SPEC_INVALID', message, { ...(field ? { field } : {}), cause });
}

/** Where exactly the problem is: unknown fields are named, and a list stands for its only element. */
function innermost(issue: z.core.$ZodIssue): { path: SpecPath; wanted: string } {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  return { path: unknown === undefined ? path : [...path, unknown], wanted: issue.message };
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
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}
