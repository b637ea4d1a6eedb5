import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the files of a folder that a killed process was about to write with `writeOutputFile`. */
export async function removeUnfinishedFiles(folder: string): Promise<void> {
  const names = await readdir(folder);
  const unfinished = names.filter((name) => /^\.tenas-[0-9a-f]+\.tmp$/.test(name));
  await Promise.all(unfinished.map((name) => rm(join(folder, name), { force: true })));
}
