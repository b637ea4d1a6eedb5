import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TenasError } from './errors.js';

/** Settings of {@link readInput}. */
export interface ReadOptions {
  /** Most bytes that are read. Default: 2 GiB, the most that Node reads at once. */
  readonly maxBytes?: number | undefined;
  /** Whether standard input and other pipes are read to their end. Default false: they are refused. */
  readonly pipes?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MOST_BYTES = 2 ** 31 - 1;
const MEBIBYTE = 2 ** 20;

function refused(path: string, problem: string, value?: unknown): TenasError {
  return new TenasError('INPUT_INVALID', `${path} ${problem}`, { field: path, value });
}

function tooLarge(path: string, size: string, maxBytes: number, value?: number): TenasError {
  const most = maxBytes >= MEBIBYTE ? `${Math.floor(maxBytes / MEBIBYTE)} MiB` : `${maxBytes} bytes`;
  return refused(path, `has ${size}; at most ${most} are read`, value);
}

/** Names of standard input. They are not opened: a socket, which it may be, cannot be opened by name. */
const STANDARD_INPUT: readonly string[] = ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/**
 * Standard input. Node reads a folder there as if it were empty.
 * @throws TenasError INPUT_INVALID for a folder
 */
export function standardInput(): Readable {
  if (fstatSync(0, { bigint: true }).isDirectory())
    throw refused('standard input', 'is a folder; give a file');
  return process.stdin;
}

/**
 * Reads a file from outside as a whole. A device, which may never end, is refused without waiting for it, and so is a pipe
 * unless `pipes` says otherwise, and a file that is larger than it should be, before memory is taken for it.
 * @throws TenasError INPUT_INVALID; errors of the file system as Node gives them; the signal's reason
 */
export async function readInput(path: string, options: ReadOptions = {}): Promise<Buffer> {
  const { maxBytes = MOST_BYTES, pipes = false, signal } = options;
  requirePath(path);
  if (pipes && STANDARD_INPUT.includes(path)) return await readStream(standardInput(), path, options);
  await using file = await open(path, WITHOUT_WAITING);
  try {
    const found = await file.stat();
    if (pipes && found.isFIFO()) return await readPipe(file, path, options);
    requireFile(path, found);
    if (found.size > maxBytes) throw tooLarge(path, `${found.size} bytes`, maxBytes, found.size);
    return await file.readFile({ signal });
  } catch (error) {
    throw withPath(error, path);
  }
}

/** The same error; one of reading an open file, in which Node names no path, has it in `path` and in its message as Node's others have. */
export function withPath(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || 'path' in error) return error;
  return Object.assign(error, { path, message: `${error.message} '${path}'` });
}

/** Without O_NONBLOCK, opening a pipe waits for a writer. Windows has neither. */
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A name from a document may hold a character that no name of a file has, and Node's error is that of a wrong call. */
function requirePath(path: string): void {
  if (path.includes('\0')) throw refused(path, 'is no name of a file: it has a character NUL');
}

function requireFile(path: string, found: Pick<Stats, 'isFile' | 'isDirectory'>): void {
  if (!found.isFile())
    throw refused(path, found.isDirectory() ? 'is a folder; give a file' : 'is no regular file');
}

/**
 * Opens a file from outside for reading part by part. Pipes, devices and folders are refused without waiting for them.
 * @returns its descriptor, which the caller closes
 * @throws TenasError INPUT_INVALID; errors of the file system as Node gives them
 */
export function openInputSync(path: string): number {
  requirePath(path);
  const file = openSync(path, WITHOUT_WAITING);
  try {
    // As bigint: in Node 20.20 a plain fstatSync makes later imports keep symbolic links.
    requireFile(path, fstatSync(file, { bigint: true }));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return file;
}

/** Milliseconds that a pipe without a writer is given to get one. */
const PIPE_PATIENCE = 2000;

/** Milliseconds between two looks at a pipe that holds nothing. */
const PIPE_INTERVAL = 20;

/** Reads a pipe until its last writer has closed it. Its end is seen by looking: a pipe without a writer reads as empty. */
async function readPipe(
  file: FileHandle,
  path: string,
  { maxBytes = MOST_BYTES, signal }: ReadOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let waited = 0;
  for (;;) {
    signal?.throwIfAborted();
    const found = await availableIn(file);
    if (found === null) {
      // A writer holds it open.
      await pause(signal);
    } else if (found.length > 0) {
      size += found.length;
      if (size > maxBytes) throw tooLarge(path, `more than ${maxBytes} bytes`, maxBytes);
      chunks.push(found);
    } else if (size > 0) {
      return Buffer.concat(chunks);
    } else {
      if (waited >= PIPE_PATIENCE) throw refused(path, 'is a pipe that nothing is written to');
      waited += PIPE_INTERVAL;
      await pause(signal);
    }
  }
}

/** What a pipe holds now: nothing where it has no writer, null where its writer has not written yet. */
async function availableIn(file: FileHandle): Promise<Buffer | null> {
  const bytes = Buffer.alloc(1 << 16);
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, null);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await sleep(PIPE_INTERVAL, undefined, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}

/** Reads a stream to its end, unless that is too far. */
async function readStream(
  stream: Readable,
  path: string,
  { maxBytes = MOST_BYTES, signal }: ReadOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (signal !== undefined) addAbortSignal(signal, stream);
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      // Leaving the loop closes the stream.
      if (size > maxBytes) throw tooLarge(path, `more than ${maxBytes} bytes`, maxBytes);
      chunks.push(bytes);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw withPath(error, path);
  }
  return Buffer.concat(chunks);
}
