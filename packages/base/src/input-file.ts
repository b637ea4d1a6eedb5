import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { TenasError } from './errors.js';

/** Settings of {@link readInput}. */
export interface ReadOptions {
  /** Most bytes that are read. Default: 2 GiB, the most that Node reads at once. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MOST_BYTES = 2 ** 31 - 1;
const MEBIBYTE = 2 ** 20;

function refused(path: string, problem: string, value?: unknown): TenasError {
  return new TenasError('INPUT_INVALID', `${path} ${problem}`, { field: path, value });
}

/**
 * Reads a file from outside as a whole. A pipe or a device, which may never end, is refused without waiting for it, and so
 * is a file that is larger than it should be, before memory is taken for it.
 * @throws TenasError INPUT_INVALID; errors of the file system as Node gives them
 */
export async function readInput(
  path: string,
  { maxBytes = MOST_BYTES, signal }: ReadOptions = {},
): Promise<Buffer> {
  // Without O_NONBLOCK, opening a pipe waits for a writer. Windows has neither.
  await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const found = await file.stat();
  if (!found.isFile())
    throw refused(path, found.isDirectory() ? 'is a folder; give a file' : 'is no regular file');
  if (found.size > maxBytes) {
    const most = maxBytes >= MEBIBYTE ? `${Math.floor(maxBytes / MEBIBYTE)} MiB` : `${maxBytes} bytes`;
    throw refused(path, `has ${found.size} bytes; at most ${most} are read`, found.size);
  }
  return await file.readFile({ signal });
}
