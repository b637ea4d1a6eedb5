import { access, constants, link, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TenasError } from './errors.js';
import {
  errnoOf,
  existsError,
  explainWriteError,
  folderError,
  isFolderError,
  notAFileError,
  notAFolderError,
} from './output-error.js';
import { TemporaryFile } from './temporary-file.js';

/** Content of a file: whole, or in parts as they come. Text is written in UTF-8. */
export type Content =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** Settings of {@link writeOutputFile} and {@link ensureWritableTarget}. */
export interface OutputOptions {
  /** Replace an existing file. Default false. A symbolic link is replaced itself, not what it points to. */
  readonly force?: boolean | undefined;
}

/** Settings of the writers. */
export interface WriteOptions extends OutputOptions {
  /** Stops between two parts of the content; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a call of the file system; its errors are explained as those of the path that a person named. */
async function about<T>(path: string, call: Promise<T>): Promise<T> {
  return await call.catch((error: unknown) => {
    throw error instanceof TenasError ? error : explainWriteError(error, path);
  });
}

/**
 * Makes a folder and those above it. Node's own `recursive` never returns where a file system says ENOENT to a new folder
 * in one that exists, as /proc does.
 * @throws TenasError as {@link writeOutputFile}
 */
export async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return;
  const above = dirname(path);
  if (found === null && above !== path) await makeFolder(above);
  const made = mkdir(path).catch(async (error: unknown) => {
    // Somebody else made it in the meantime.
    if (errnoOf(error) !== 'EEXIST') throw error;
    if (!(await stat(path)).isDirectory()) throw notAFolderError(path, error);
  });
  await about(path, made);
}

/**
 * Checks beforehand, without writing, whether {@link writeOutputFile} would refuse a path: for commands that work long before
 * they write.
 * @returns the permissions of the file that would be replaced, or undefined
 * @throws TenasError as {@link writeOutputFile}
 */
export async function ensureWritableTarget(
  path: string,
  options: OutputOptions = {},
): Promise<number | undefined> {
  const found = await about(
    path,
    lstat(path).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }),
  );
  if (found?.isDirectory()) throw isFolderError(path);
  if (found !== null && !found.isFile() && !found.isSymbolicLink()) throw notAFileError(path);
  if (found?.isSymbolicLink()) {
    // A link to a device, as /dev/stdout is, must not be replaced. One that leads nowhere may be.
    const target = await stat(path).catch(() => null);
    if (target !== null && !target.isFile())
      throw target.isDirectory() ? isFolderError(path) : notAFileError(path);
  }
  if (found !== null && !options.force) throw existsError(path);
  const folder = dirname(path);
  if (!(await about(path, stat(folder))).isDirectory()) throw folderError(path);
  await about(path, access(folder, constants.W_OK | constants.X_OK));
  return found?.isFile() ? found.mode & 0o777 : undefined;
}

/**
 * Writes a file so that its path holds either the whole content or what was there before: a temporary file in the same
 * folder is written, synced and then moved into place. Without `force` the move is exclusive: of several writers exactly
 * one wins, and a file that appears meanwhile is kept. A replaced file keeps its permissions. Where anything fails, where
 * the signal stops it, and where the process ends in the middle, nothing is left behind. The one writer of result files.
 *
 * @returns the number of bytes
 * @throws TenasError OUTPUT_EXISTS, OUTPUT_IS_DIRECTORY, OUTPUT_NOT_A_FILE (a device, socket, ...), OUTPUT_NAME_INVALID,
 *   OUTPUT_FOLDER_MISSING, OUTPUT_PERMISSION, OUTPUT_NO_SPACE, OUTPUT_FAILED (anything else), with path and cause; what
 *   the content throws; the signal's reason.
 */
export async function writeOutputFile(
  path: string,
  content: Content,
  options: WriteOptions = {},
): Promise<number> {
  const mode = await ensureWritableTarget(path, options);
  return await withTemporary(path, content, { mode, signal: options.signal }, async (temporary) => {
    if (options.force) await about(path, rename(temporary, path));
    else await moveExclusively(temporary, path);
  });
}

/**
 * Writes a file as {@link writeOutputFile} does, under the first free of `name.json`, `name-2.json`, `name-3.json`, ..., so that
 * nothing that is there is replaced, not even by two processes at once. The folder is made if it is absent.
 * @returns the path
 */
export async function writeUnderFreshName(
  folder: string,
  name: string,
  extension: string,
  content: Content,
): Promise<string> {
  await makeFolder(folder);
  const pathOf = (attempt: number): string =>
    join(folder, attempt === 1 ? `${name}${extension}` : `${name}-${attempt}${extension}`);
  let chosen = pathOf(1);
  await withTemporary(chosen, content, {}, async (temporary) => {
    for (let attempt = 1; ; attempt++) {
      chosen = pathOf(attempt);
      try {
        return await moveExclusively(temporary, chosen);
      } catch (error) {
        if (!(error instanceof TenasError && error.code === 'OUTPUT_EXISTS')) throw error;
      }
    }
  });
  return chosen;
}

async function withTemporary(
  path: string,
  content: Content,
  { mode, signal }: { readonly mode?: number | undefined; readonly signal?: AbortSignal | undefined },
  move: (temporary: string) => Promise<void>,
): Promise<number> {
  const folder = dirname(path);
  signal?.throwIfAborted();
  const file = await about(path, TemporaryFile.create(folder, mode));
  try {
    const parts = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    for await (const part of parts) {
      signal?.throwIfAborted();
      await about(path, file.write(part));
    }
    await about(path, file.finish());
    signal?.throwIfAborted();
    await move(file.path);
    await syncFolder(folder);
    return file.bytes;
  } finally {
    await file.remove();
  }
}

/** Moves a file to a path that must not exist, without a moment in which another writer's file could be replaced. */
async function moveExclusively(from: string, to: string): Promise<void> {
  const moved = link(from, to).catch(async (error: unknown) => {
    const code = errnoOf(error);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    await reserveAndRename(from, to);
  });
  await about(to, moved);
}

/** For file systems without hard links: the path is taken by an empty file first, then replaced by the content. */
async function reserveAndRename(from: string, to: string): Promise<void> {
  await (await open(to, 'wx')).close();
  try {
    await rename(from, to);
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

/** Makes the new directory entry durable; some file systems and Windows don't sync folders, which is no failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
