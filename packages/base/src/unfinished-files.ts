import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes the files of a folder that a killed process was about to write with `writeOutputFile`.
 * @param olderThan milliseconds since they were written to; for a folder that other processes may write to right now
 */
export function removeUnfinishedFiles(folder: string, olderThan = 0): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isFile() || !/^\.tenas-[0-9a-f]+\.tmp$/.test(entry.name)) continue;
    if (olderThan > 0 && Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < olderThan)
      continue;
    rmSync(path, { force: true });
  }
}
