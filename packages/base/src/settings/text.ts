import type { z } from 'zod';
import { TenasError } from '../errors.js';
import { type JsonLimits, parseJson } from '../parse-json.js';
import { wordsText } from '../words-text.js';

/** A part of a JSON Schema. */
export type SchemaNode = z.core.JSONSchema.BaseSchema;

/** A value that was read from text. */
type Read = { readonly value: unknown } | null;

/** More than a command line can carry, at a depth that no setting has. */
const JSON_LIMITS: JsonLimits = { length: 2 ** 21, depth: 100, containers: 100_000, keys: 100_000 };

/** Describes the values that fit one of several schemas, e.g. `a whole number from 2 to 9 or null`. */
export function wantedText(alternatives: readonly SchemaNode[]): string {
  const words = alternatives.flatMap(wordsOf).map(String);
  const choice = words.length === 0 ? [] : [words.length === 1 ? words[0]! : `one of ${wordsText(words)}`];
  const others = alternatives.filter((one) => wordsOf(one).length === 0).map(typeText);
  return [...new Set([...choice, ...others])].join(' or ');
}

/**
 * Reads a value of one of several schemas: words, numbers, `true`, `false`, `null`, lists as `a,b` or as JSON, and text.
 * Whether a number is in its range is left to the schema.
 * @throws TenasError JSON_INVALID for JSON that names a key twice, or is too much
 */
export function readSettingText(alternatives: readonly SchemaNode[], text: string): Read {
  // Everything is text: that comes last.
  const ordered = [...alternatives].sort((a, b) => Number(isFreeText(a)) - Number(isFreeText(b)));
  for (const one of ordered) {
    const read = readAs(one, text);
    if (read !== null) return read;
  }
  return null;
}

function isFreeText(node: SchemaNode): boolean {
  return node.type === 'string' && wordsOf(node).length === 0;
}

/** The words that a schema allows; none where it allows more than some words. */
function wordsOf(node: SchemaNode): readonly unknown[] {
  return node.enum ?? (node.const === undefined ? [] : [node.const]);
}

function typeText(node: SchemaNode): string {
  switch (node.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${rangeText(node)}`;
    case 'number':
      return `a number${rangeText(node)}`;
    case 'string':
      return 'text';
    case 'array': {
      const items = itemsOf(node);
      if (items === null) return 'a list, as a,b';
      const nested = items.type === 'array' || items.type === 'object';
      return nested ? 'a list as JSON' : `a list${lengthText(node)}, as a,b, each ${wantedText([items])}`;
    }
    default:
      return node.type === 'object' ? `JSON as ${jsonForm(node)}` : 'a value as JSON';
  }
}

/** How long a list may be, where one item is too few. */
function lengthText({ minItems = 0, maxItems }: SchemaNode): string {
  return minItems < 2 || maxItems === undefined ? '' : ` of ${minItems} to ${maxItems}`;
}

/** The form of a value that is written as JSON, e.g. `{"NAME": ["TEXT", ...]}`. */
function jsonForm(node: SchemaNode): string {
  const { additionalProperties: values } = node;
  switch (node.type) {
    case 'object':
      return `{"NAME": ${typeof values === 'object' ? jsonForm(values) : 'VALUE'}, ...}`;
    case 'array':
      return `[${jsonForm(itemsOf(node) ?? {})}, ...]`;
    case 'string':
      return '"TEXT"';
    default:
      return 'VALUE';
  }
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const low = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const bounds = [
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(low === undefined ? [] : [`of at least ${low}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
    ...(high === undefined ? [] : [`of at most ${high}`]),
  ];
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

/** The schema of a list's items; null where they differ by place, or may be anything. */
function itemsOf({ items }: SchemaNode): SchemaNode | null {
  return typeof items === 'object' && !Array.isArray(items) ? items : null;
}

function readAs(node: SchemaNode, text: string): Read {
  const words = wordsOf(node);
  if (words.length > 0) {
    const word = words.find((known) => String(known) === text);
    return word === undefined ? null : { value: word };
  }
  switch (node.type) {
    case 'null':
      return text === 'null' ? { value: null } : null;
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : null;
    case 'integer':
    case 'number': {
      const value = Number(text);
      return text.trim() !== '' && Number.isFinite(value) ? { value } : null;
    }
    case 'string':
      return { value: text };
    case 'array':
      return readList(node, text);
    default:
      return readJson(text);
  }
}

function readList(node: SchemaNode, text: string): Read {
  if (text.startsWith('[')) {
    const read = readJson(text);
    return Array.isArray(read?.value) ? read : null;
  }
  if (text === '') return { value: [] };
  const item = itemsOf(node) ?? {};
  const alternatives = item.anyOf ?? item.oneOf ?? [item];
  const nodes = alternatives.filter((one) => typeof one === 'object');
  const words = text.split(',').map((word) => word.trim());
  // An empty item is a slip; a list that has one on purpose is written as JSON.
  if (words.includes('')) return null;
  const read = words.map((word) => readSettingText(nodes, word));
  const values = read.flatMap((one) => (one === null ? [] : [one.value]));
  return values.length === read.length ? { value: values } : null;
}

function readJson(text: string): Read {
  try {
    return { value: parseJson(text, JSON_LIMITS) };
  } catch (error) {
    // Text that is no JSON may be something else.
    if (error instanceof TenasError && error.cause === undefined) throw error;
    return null;
  }
}
