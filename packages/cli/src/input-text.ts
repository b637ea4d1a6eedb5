import { readInput } from '@tenas/base';

/** The scores of a whole space are tens of megabytes; no record, table or result is as large as this. */
const LARGEST = 512 * 1024 * 1024;

/**
 * The text of a file that a command line names, or of a pipe.
 * @throws TenasError INPUT_INVALID for a folder, a device or too much; errors of the file system; the signal's reason
 */
export async function inputText(path: string, signal: AbortSignal): Promise<string> {
  return (await readInput(path, { maxBytes: LARGEST, pipes: true, signal })).toString();
}
