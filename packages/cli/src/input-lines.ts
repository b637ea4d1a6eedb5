import { addAbortSignal, type Readable } from 'node:stream';
import { withPath } from '@tenas/base';

/** A line of a stream that other programs write. */
export interface InputLine {
  /** From 1. */
  readonly number: number;
  /** Without its end; null: it has more than the bytes that are read, and was passed over. */
  readonly text: string | null;
}

/**
 * Lines of standard input as they come: UTF-8, ended by LF or CRLF. Memory is bounded by the longest line that is read.
 * @param maxBytes of a line
 * @throws the signal's reason; errors of the stream
 */
export async function* inputLines(
  stream: Readable,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<InputLine> {
  addAbortSignal(signal, stream);
  let number = 0;
  let parts: Buffer[] = [];
  let size = 0;
  const add = (bytes: Buffer): void => {
    size += bytes.length;
    if (size <= maxBytes) parts.push(bytes);
    else parts = [];
  };
  const end = (): InputLine => {
    number++;
    const text = size > maxBytes ? null : new TextDecoder().decode(Buffer.concat(parts)).replace(/\r$/, '');
    parts = [];
    size = 0;
    return { number, text };
  };
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      let start = 0;
      for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, start)) {
        add(bytes.subarray(start, at));
        yield end();
        start = at + 1;
      }
      if (start < bytes.length) add(bytes.subarray(start));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw withPath(error, '/dev/stdin');
  }
  if (size > 0) yield end();
}
