import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { makeFolder, TenasError } from '@tenas/base';

/** Makes the folder of `--out`, and fails before the work where its results could not be written after it. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    if (cause instanceof TenasError && cause.code === 'OUTPUT_NO_SPACE') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenasError('OPTION_INVALID', `--out: ${folder} is no folder to write to (${reason})`, {
      field: '--out',
      value: folder,
      cause,
    });
  }
}
