import { TenasError } from '@tenas/base';

/** Longest stretch of the text shown on either side of the offending token. */
const WINDOW = 60;
/** Longest text that the error holds. */
const MAX_VALUE = 1000;

/** Where and why a genotype text could not be read. */
export interface SyntaxProblem {
  /** The whole text given. */
  readonly text: string;
  /** Index of the first offending UTF-16 code unit; `text.length` when the text ends too early. */
  readonly position: number;
  /** The offending token; empty when the text ends too early. */
  readonly token: string;
  /** The expected text at this place. */
  readonly expected: string;
  /** Kind of text that is read, e.g. `NAS-Bench-201 architecture`. */
  readonly what: string;
}

/**
 * A genotype text that is malformed or names something that its space does not have.
 *
 * Its message quotes the line with a caret below the offending token; `position`, `token` and `expected` say the
 * same to a program. The code is `GENOTYPE_SYNTAX`.
 */
export class GenotypeSyntaxError extends TenasError {
  readonly position: number;
  readonly token: string;
  readonly expected: string;

  constructor(problem: SyntaxProblem) {
    super('GENOTYPE_SYNTAX', describe(problem), {
      field: 'genotype',
      value: problem.text.slice(0, MAX_VALUE),
    });
    this.name = 'GenotypeSyntaxError';
    this.position = problem.position;
    this.token = problem.token;
    this.expected = problem.expected;
  }
}

function describe({ text, position, token, expected, what }: SyntaxProblem): string {
  const found = token === '' ? 'the text ends' : `found ${JSON.stringify(clip(token))}`;
  return `${what}: at position ${position} ${found}, expected ${expected}\n${caretLines(text, position, token.length)}`;
}

function clip(token: string): string {
  return token.length > WINDOW ? `${token.slice(0, WINDOW)}...` : token;
}

/** The part of `text` around `position` and a line of carets below it. */
function caretLines(text: string, position: number, length: number): string {
  const start = Math.max(0, position - WINDOW);
  const end = Math.min(text.length, position + WINDOW);
  const before = start > 0 ? '...' : '';
  const after = end < text.length ? '...' : '';
  // Line breaks and tabs would move the caret away from what it points at.
  const shown = `${before}${text.slice(start, end).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')}${after}`;
  const carets = '^'.repeat(Math.max(1, Math.min(length, end - position)));
  return `  ${shown}\n  ${' '.repeat(before.length + position - start)}${carets}`;
}
