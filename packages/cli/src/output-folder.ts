import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { explainWriteError, makeFolder, TenasError } from '@tenas/base';

/** Codes of what another name would not mend for certain. */
const UNAVAILABLE = new Set(['OUTPUT_NO_SPACE', 'OUTPUT_PERMISSION', 'OUTPUT_FAILED']);

/** Makes the folder of `--out`, and fails before the work where its results could not be written after it. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK).catch((error: unknown) => {
      throw explainWriteError(error, join(folder, '*'));
    });
  } catch (cause) {
    if (cause instanceof TenasError && UNAVAILABLE.has(cause.code)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenasError('OPTION_INVALID', `--out: ${folder} is no folder to write to (${reason})`, {
      field: '--out',
      value: folder,
      cause,
    });
  }
}
