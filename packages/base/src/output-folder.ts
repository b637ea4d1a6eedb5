import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, existsError, explainWriteError, notAFolderError } from './output-error.js';
import {
  type Content,
  ensureWritableTarget,
  type OutputOptions,
  type WriteOptions,
  writeOutputFile,
} from './output-file.js';
import { forget, unfinishedPath } from './temporary-file.js';

/**
 * Checks beforehand, without writing, whether {@link writeOutputFolder} would refuse a path.
 * @returns whether there is a folder already
 * @throws TenasError as {@link writeOutputFolder}
 */
export async function ensureWritableFolder(path: string, options: OutputOptions = {}): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw explainWriteError(error, path);
  });
  if (found === null) {
    await ensureWritableTarget(path);
    return false;
  }
  if (!found.isDirectory()) throw notAFolderError(path);
  if (!options.force) throw existsError(path);
  await ensureWritableTarget(join(path, 'file'), options);
  return true;
}

/**
 * Writes files into a new folder, which appears when all of them are whole. Where anything fails, where the signal stops
 * it, and where the process ends in the middle, there is no folder. Of several writers exactly one wins. With `force`, the
 * files of an existing folder are replaced one after the other, and those with other names are kept.
 *
 * @param files contents by name, in the order in which they are written
 * @throws TenasError OUTPUT_EXISTS (a folder, without `force`), OUTPUT_FOLDER_MISSING (the folder above, or something else
 *   at the path), and the others of {@link writeOutputFile}; the signal's reason
 */
export async function writeOutputFolder(
  path: string,
  files: ReadonlyMap<string, Content>,
  options: WriteOptions = {},
): Promise<void> {
  const { force, signal } = options;
  if (await ensureWritableFolder(path, { force })) {
    for (const [name, content] of files) await writeOutputFile(join(path, name), content, options);
    return;
  }
  const unfinished = await unfinishedPath(dirname(path));
  try {
    await mkdir(unfinished);
    for (const [name, content] of files) await writeOutputFile(join(unfinished, name), content, { signal });
    signal?.throwIfAborted();
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw errnoOf(error) === undefined ? error : explainWriteError(error, path);
  } finally {
    forget(unfinished);
  }
}
