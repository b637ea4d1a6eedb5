import type { Readable } from 'node:stream';
import { jsonValue } from '@tenas/base/json-value';
import type { ExitCode } from './exit-codes.js';

/** Everything a command touches of the outside world besides files; tests give their own. */
export interface Io {
  /** Writes to standard output: results only. */
  readonly out: (text: string) => void;
  /** Standard input; default: that of the process. */
  readonly input?: (() => Readable) | undefined;
  /** Aborted where the reader of standard output has left, as `head` does. */
  readonly unread?: AbortSignal | undefined;
  /** Writes to standard error: progress, notes, errors. */
  readonly err: (text: string) => void;
  /** Whether progress is left out; notes and errors are not. */
  readonly quiet?: boolean | undefined;
  /** The terminal behind standard error, or null where there is none and plain lines are wanted. */
  readonly terminal: NodeJS.WriteStream | null;
  /** Columns of the terminal behind standard output, which help is wrapped at; default 80. */
  readonly columns?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted on Ctrl-C and SIGTERM, with a {@link Stopped}, and where standard output cannot be written, with that error. */
  readonly signal: AbortSignal;
}

/** Why the signal of an {@link Io} was aborted. */
export class Stopped extends Error {
  /** @param exitCode 130 after SIGINT, 143 after SIGTERM */
  constructor(readonly exitCode: ExitCode) {
    super('stopped on request');
    this.name = 'Stopped';
  }
}

/** Prints a result: one JSON document for machines, or text for people. */
export function printResult(io: Io, json: boolean, document: unknown, text: () => string): void {
  io.out(json ? `${jsonText(document)}\n` : `${shownText(text())}\n`);
}

/**
 * A document as JSON on one line. JSON itself escapes some control characters only; here all of them are, and the
 * overrides of the direction of text: it means the same, and a terminal obeys none.
 */
export function jsonText(document: unknown): string {
  return JSON.stringify(document, jsonValue).replace(/[\p{Cc}\p{Cf}]/gu, escapedUnits);
}

function escapedUnits(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Text of others that has to stay in its line: control characters stand as JSON writes them. */
export function escapedLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const written = JSON.stringify(character).slice(1, -1);
    return written === character ? escapedUnits(character) : written;
  });
}

/** Writes progress to standard error, unless it should be quiet. */
export function showProgress(io: Pick<Io, 'err' | 'quiet'>, text: string): void {
  if (io.quiet !== true) io.err(text);
}

/** Control sequences that progress on a terminal is made of: back to the start of the line, and delete its rest. */
const PROGRESS: readonly string[] = ['\r', '\u001b[K'];

/**
 * Text for a terminal, which may quote files of others: titles of spaces, cells, names. What a terminal would obey and
 * not show becomes U+FFFD; line breaks and tabs stay.
 * @param kept sequences that stay, too
 */
export function shownText(text: string, kept: readonly string[] = []): string {
  return text.replace(/\p{C}(?:\[K)?/gu, (found) => {
    if (kept.includes(found)) return found;
    const [first = '', ...rest] = found;
    return [first === '\n' || first === '\t' ? first : '\u{FFFD}', ...rest].join('');
  });
}

/** The same of what has to stay in its line: line breaks and tabs are replaced, too. */
export function shownLine(text: string): string {
  return text.replace(/\p{C}/gu, '\u{FFFD}');
}

/** The same outside world, whose standard error shows only text. */
export function withShownErrors(io: Io): Io {
  return { ...io, err: (text) => io.err(shownText(text, PROGRESS)) };
}
