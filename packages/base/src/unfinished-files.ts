import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes the files of a folder that a killed process was about to write with `writeOutputFile`. */
export function removeUnfinishedFiles(folder: string): void {
  for (const name of readdirSync(folder))
    if (/^\.tenas-[0-9a-f]+\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
}
