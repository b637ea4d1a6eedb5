import { GenotypeSyntaxError } from './genotype-syntax-error.js';

/** A value read from text, with the place where it starts. Tuples and lists are the same. */
export type Literal = { readonly at: number; readonly token: string } & (
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: number }
  /** A number that is no whole number of at least 0. */
  | { readonly kind: 'number'; readonly value: number }
  /** `None` or `null`. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'list'; readonly items: readonly Literal[] }
  | { readonly kind: 'record'; readonly entries: readonly LiteralEntry[]; readonly end: number }
);

/** A field of a record, `key=value` or `"key": value`; a key of numbers, `(0, 2): value`, reads `0,2`. */
export interface LiteralEntry {
  readonly key: string;
  readonly at: number;
  readonly value: Literal;
}

/** Raises the error of a place in the text. */
export type Fail = (place: { readonly at: number; readonly token: string }, expected: string) => never;

interface Token {
  readonly kind: 'word' | 'string' | 'integer' | 'number' | 'punctuation' | 'other' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /(?<comment>#[^\n]*)|(?<word>[A-Za-z_]\w*)|(?<string>'[^'\\\n]*'|"[^"\\\n]*")|(?<number>-?\d+\.\d*(?:[eE][-+]?\d+)?|-?\d+[eE][-+]?\d+|-\d+)|(?<integer>\d+)|(?<punctuation>[()[\]{},=:])|(?<other>[^\s\w()[\]{},=:#]+)/g;

/** Deeper nesting, longer texts and longer ranges than any genotype has; they bound the work on hostile input. */
const MAX_DEPTH = 8;
const MAX_LENGTH = 100_000;
const MAX_RANGE = 64;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    if (match.groups?.comment !== undefined) continue;
    const kinds = ['word', 'string', 'number', 'integer', 'punctuation'] as const;
    const kind = kinds.find((name) => match.groups?.[name] !== undefined) ?? 'other';
    tokens.push({ kind, text: match[0], at: match.index });
  }
  return tokens;
}

/**
 * Refuses a text that is longer than any genotype, before it is taken apart.
 *
 * @throws GenotypeSyntaxError
 */
export function checkLength(text: string, what: string): void {
  if (text.length <= MAX_LENGTH) return;
  throw new GenotypeSyntaxError({
    text: text.slice(0, MAX_LENGTH + 1),
    position: MAX_LENGTH,
    token: text.slice(MAX_LENGTH, MAX_LENGTH + 1),
    expected: `at most ${MAX_LENGTH} characters`,
    what,
  });
}

/**
 * Reads the subset of Python and JSON literals that genotypes are written in: strings, numbers, `None`, lists and tuples
 * (trailing commas allowed), `range(a, b)`, `list(...)`, `tuple(...)`, `{"key": value}` and `Name(key=value)` or
 * `Name(value, ...)`, with an assignment `name = ` before it if wanted. Comments of Python are passed over.
 *
 * @param positional names of the values that stand without one in `Name(value, ...)`
 *
 * @param what what is being read, for error messages
 * @throws GenotypeSyntaxError at the offending token
 */
export function parseLiteral(text: string, what: string, positional: readonly string[] = []): Literal {
  checkLength(text, what);
  return new LiteralReader(text, what, positional).readAll();
}

class LiteralReader {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #what: string;
  readonly #positional: readonly string[];
  #next = 0;

  constructor(text: string, what: string, positional: readonly string[]) {
    this.#text = text;
    this.#what = what;
    this.#positional = positional;
    this.#tokens = tokenize(text);
  }

  readAll(): Literal {
    if (this.#peek().kind === 'word' && this.#peek(1).text === '=') this.#next += 2;
    const value = this.#value(0);
    if (this.#peek().kind !== 'end') this.#fail('the end of the text');
    return value;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', text: '', at: this.#text.length };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #fail(expected: string): never {
    const { text: token, at: position } = this.#peek();
    throw new GenotypeSyntaxError({ text: this.#text, position, token, expected, what: this.#what });
  }

  #expect(punctuation: string): Token {
    if (this.#peek().text !== punctuation) this.#fail(`'${punctuation}'`);
    return this.#take();
  }

  #value(depth: number): Literal {
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of brackets`);
    const { kind, text: token, at } = this.#peek();
    if (kind === 'string') {
      this.#take();
      return { kind: 'string', value: token.slice(1, -1), at, token };
    }
    if (kind === 'integer') {
      this.#take();
      return { kind: 'integer', value: Number(token), at, token };
    }
    if (kind === 'number') {
      this.#take();
      return { kind: 'number', value: Number(token), at, token };
    }
    if (token === 'None' || token === 'null') {
      this.#take();
      return { kind: 'nothing', at, token };
    }
    if (token === '[' || token === '(') return { kind: 'list', items: this.#list(depth), at, token };
    if (token === '{') return { kind: 'record', ...this.#record(depth, '{', ':', '}'), at, token };
    if (kind === 'word') return this.#call(depth);
    return this.#fail('a value');
  }

  #list(depth: number): Literal[] {
    const close = this.#take().text === '[' ? ']' : ')';
    const items: Literal[] = [];
    while (this.#peek().text !== close) {
      if (items.length > 0) this.#separator(close);
      if (this.#peek().text === close) break;
      items.push(this.#value(depth + 1));
    }
    this.#take();
    return items;
  }

  #separator(close: string): void {
    if (this.#peek().text !== ',') this.#fail(`',' or '${close}'`);
    this.#take();
  }

  #record(depth: number, open: string, assign: string, close: string) {
    this.#expect(open);
    const entries: LiteralEntry[] = [];
    while (this.#peek().text !== close) {
      if (entries.length > 0) this.#separator(close);
      if (this.#peek().text === close) break;
      const { at } = this.#peek();
      const named = assign === ':' || this.#peek(1).text === '=';
      const key = named ? this.#key(assign === ':') : this.#positional[entries.length];
      if (key === undefined) this.#fail('a field name');
      if (named) this.#expect(assign);
      entries.push({ key, at, value: this.#value(depth + 1) });
    }
    return { entries, end: this.#take().at };
  }

  /** A word before `=`; text or numbers before `:`. */
  #key(quoted: boolean): string {
    const { kind, text } = this.#peek();
    if (quoted && text === '(') {
      const numbers = this.#list(0).map((item) => (item.kind === 'integer' ? item.value : Number.NaN));
      if (numbers.some(Number.isNaN)) this.#fail('numbers before this');
      return numbers.join();
    }
    if (quoted ? kind !== 'string' && kind !== 'integer' : kind !== 'word')
      this.#fail(quoted ? 'a field name in quotes' : 'a field name');
    this.#take();
    return kind === 'string' ? text.slice(1, -1) : text;
  }

  /** `range(...)`, `list(...)`, `tuple(...)` or `Name(key=value, ...)`. */
  #call(depth: number): Literal {
    const { text: token, at } = this.#peek();
    if (this.#peek(1).text !== '(') this.#fail('a value');
    this.#take();
    if (token === 'range') return { kind: 'list', items: this.#range(depth), at, token };
    if (token === 'list' || token === 'tuple') {
      this.#expect('(');
      const inner = this.#value(depth + 1);
      if (inner.kind !== 'list') {
        this.#next -= 1;
        this.#fail('a list or range');
      }
      this.#expect(')');
      return { ...inner, at, token };
    }
    return { kind: 'record', ...this.#record(depth, '(', '=', ')'), at, token };
  }

  #range(depth: number): Literal[] {
    const { at, text: token } = this.#peek();
    const bounds = this.#list(depth).map((bound) => (bound.kind === 'integer' ? bound.value : Number.NaN));
    const [start, end] = bounds.length === 1 ? [0, bounds[0]!] : [bounds[0]!, bounds[1]!];
    if (bounds.length < 1 || bounds.length > 2 || !(end - start <= MAX_RANGE)) {
      const expected = `one or two bounds at most ${MAX_RANGE} apart`;
      throw new GenotypeSyntaxError({ text: this.#text, position: at, token, expected, what: this.#what });
    }
    return Array.from({ length: Math.max(0, end - start) }, (_, index) => ({
      kind: 'integer',
      value: start + index,
      at,
      token,
    }));
  }
}
