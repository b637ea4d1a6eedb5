import { errnoOf, readInput, writeOutputFile } from '@tenas/base';
import { decodeCheckpoint, encodeCheckpoint, type TrainingCheckpoint } from './checkpoint.js';

/**
 * Writes a checkpoint in one step, in place of an earlier one: whenever the process ends, the file holds one of them whole.
 * @throws TenasError as `writeOutputFile`
 */
export async function writeCheckpoint(path: string, checkpoint: TrainingCheckpoint): Promise<void> {
  await writeOutputFile(path, encodeCheckpoint(checkpoint), { force: true });
}

/**
 * Reads a checkpoint; undefined where there is no such file.
 * @throws TenasError CHECKPOINT_INVALID for a file that is none or is damaged, those of `readInput`
 */
export async function readCheckpoint(path: string): Promise<TrainingCheckpoint | undefined> {
  const bytes = await readInput(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  return bytes === undefined ? undefined : decodeCheckpoint(bytes, path);
}

function isAbsent(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}
