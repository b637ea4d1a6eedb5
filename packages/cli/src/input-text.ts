import { readInputText, TenasError } from '@tenas/base';

/** The scores of a whole space are tens of megabytes; no record, table or result is as large as this. */
const LARGEST = 512 * 1024 * 1024;

/**
 * The text of a file that a command line names, or of a pipe; gzip is unpacked.
 * @param name of the flag or the argument that names it
 * @throws TenasError INPUT_INVALID for a folder, a device or too much; errors of the file system, which name the flag;
 *   the signal's reason
 */
export async function inputText(
  name: string,
  path: string,
  signal: AbortSignal,
  maxBytes = LARGEST,
): Promise<string> {
  return await namingInput(name, path, () => readInputText(path, { maxBytes, pipes: true, signal }));
}

/**
 * Does work that reads a file, and names the flag where the file is missing or cannot be read.
 * @param name of the flag or the argument that names the file
 * @throws errors of the work; those about the file itself have the flag as their field and in front of their message
 */
export async function namingInput<T>(name: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof TenasError) {
      const { code, message, field, value = path } = error;
      if (field !== path && !(field === 'path' && value === path)) throw error;
      throw new TenasError(code, `${name}: ${message}`, { field: name, value, cause: error });
    }
    if (!('path' in error) || error.path !== path) throw error;
    throw Object.assign(error, { field: name, value: path });
  }
}
