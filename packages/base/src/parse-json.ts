import { clip } from './describe-value.js';
import { TenasError } from './errors.js';

/** Limits on JSON from outside. They are checked before anything is built, since a parser may take 50 times the text. */
export interface JsonLimits {
  /** Characters of the text. */
  readonly length: number;
  /** Levels of brackets and braces; `[]` has 1. */
  readonly depth: number;
  /** Lists and objects in all. */
  readonly containers: number;
  /** Keys of all objects together. */
  readonly keys: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function refuse(problem: string): never {
  throw new TenasError('JSON_INVALID', problem, { field: 'json' });
}

/** Index of the quote that ends a string, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) return text.length;
    let backslashes = 0;
    while (end - backslashes > start && text.charCodeAt(end - backslashes - 1) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
    at = end + 1;
  }
}

/** Counts what a parser would build and refuses too much of it; the number of keys. */
function checkLimits(text: string, { length, depth, containers, keys }: JsonLimits): number {
  if (text.length > length) refuse(`it has ${text.length} characters; at most ${length} are read`);
  let level = 0;
  let opened = 0;
  let named = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++level > depth) refuse(`it is nested deeper than ${depth} levels at character ${at}`);
      if (++opened > containers) refuse(`it has more than ${containers} lists and objects`);
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      level--;
    } else if (code === COLON && ++named > keys) {
      refuse(`it has more than ${keys} keys`);
    }
  }
  return named;
}

/**
 * Keys of all objects in a parsed value. Its depth is bounded by then, and no object of it inherits a key.
 * @throws TenasError `JSON_INVALID` for a number that became infinite
 */
function countKeys(value: unknown): number {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    refuse('a number is too large: at most 1.7976931348623157e308 is read');
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  const add = (item: unknown): void => {
    count += countKeys(item);
  };
  if (Array.isArray(value)) {
    for (const item of value) add(item);
  } else {
    for (const key in value) {
      count++;
      add((value as Readonly<Record<string, unknown>>)[key]);
    }
  }
  return count;
}

const SPACE = /[ \t\r\n]*/y;

/** The first key that its object has already; the text is valid JSON. */
function repeatedKey(text: string): string {
  const around: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_LIST || code === OPEN_OBJECT) {
      around.push(new Set());
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      around.pop();
    } else if (code === QUOTE) {
      const end = endOfString(text, at + 1) + 1;
      SPACE.lastIndex = end;
      SPACE.test(text);
      if (text.charCodeAt(SPACE.lastIndex) === COLON) {
        const key: string = JSON.parse(text.slice(at, end));
        const keys = around.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      at = end - 1;
    }
  }
  throw new RangeError('no key is repeated');
}

/**
 * Parses JSON from outside in work and memory bounded by the limits, which are checked first in one pass without
 * allocation. An object that names a key twice is refused: `JSON.parse` would keep the last. So is a number that it
 * would make infinite.
 * @throws TenasError JSON_INVALID that says which limit was passed, which key is there twice, or where the text is no JSON
 */
export function parseJson(text: string, limits: JsonLimits): unknown {
  const named = checkLimits(text, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TenasError('JSON_INVALID', `it is not valid JSON: ${(cause as Error).message}`, {
      field: 'json',
      cause,
    });
  }
  if (countKeys(value) !== named) refuse(`a key is given twice: ${clip(JSON.stringify(repeatedKey(text)))}`);
  return value;
}
