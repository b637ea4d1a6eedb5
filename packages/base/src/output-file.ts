import { randomBytes } from 'node:crypto';
import { access, constants, link, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TenasError } from './errors.js';

/** Settings of {@link writeOutputFile}. */
export interface OutputOptions {
  /** Replace an existing file. Default false. A symbolic link is replaced itself, not what it points to. */
  readonly force?: boolean | undefined;
}

/**
 * Writes a file so that its path holds either the whole content or what was there before: a temporary file in the same
 * folder is written, synced and then moved into place. Without `force` the move is exclusive: of several writers
 * exactly one wins and a file that appears meanwhile is kept. On failure nothing is left behind.
 *
 * @throws TenasError OUTPUT_EXISTS, OUTPUT_IS_DIRECTORY, OUTPUT_NOT_A_FILE (a device, socket, ...),
 *   OUTPUT_FOLDER_MISSING, OUTPUT_PERMISSION, OUTPUT_NO_SPACE, OUTPUT_FAILED (anything else, with the cause).
 */
export async function writeOutputFile(
  path: string,
  bytes: Uint8Array,
  options: OutputOptions = {},
): Promise<void> {
  const force = options.force ?? false;
  await ensureWritableTarget(path, { force });
  const folder = dirname(path);
  const temporary = join(folder, `.tenas-${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (force) await rename(temporary, path);
    else await moveExclusively(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    throw explain(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Checks beforehand, without writing, whether {@link writeOutputFile} would refuse a path: for commands that work long
 * before they write.
 * @throws TenasError as {@link writeOutputFile}.
 */
export async function ensureWritableTarget(path: string, options: OutputOptions = {}): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw explain(error, path);
  });
  if (found?.isDirectory()) {
    throw outputError('OUTPUT_IS_DIRECTORY', path, 'is a folder; name a file inside it');
  }
  if (found !== null && !found.isFile() && !found.isSymbolicLink()) {
    throw outputError('OUTPUT_NOT_A_FILE', path, 'exists and is not a regular file; choose another path');
  }
  if (found !== null && !options.force) throw existsError(path);
  const folder = dirname(path);
  try {
    if (!(await stat(folder)).isDirectory()) throw folderError(path);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof TenasError ? error : explain(error, path);
  }
}

/** Moves a file to a path that must not exist, without a moment in which another writer's file could be replaced. */
async function moveExclusively(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    await reserveAndRename(from, to);
  }
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

function explain(error: unknown, path: string): TenasError {
  switch (errorCode(error)) {
    case 'EEXIST':
      return existsError(path, error);
    case 'ENAMETOOLONG':
      return outputError('OUTPUT_NAME_INVALID', path, "can't be written: the name is too long", error);
    case 'EISDIR':
      return outputError('OUTPUT_IS_DIRECTORY', path, 'is a folder; name a file inside it', error);
    case 'ENOENT':
    case 'ENOTDIR':
      return folderError(path, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return outputError(
        'OUTPUT_PERMISSION',
        path,
        `can't be written: no permission to create files in ${dirname(path)}`,
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return outputError('OUTPUT_NO_SPACE', path, "can't be written: the disk or quota is full", error);
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return outputError('OUTPUT_FAILED', path, `can't be written: ${reason}`, error);
    }
  }
}

function existsError(path: string, cause?: unknown): TenasError {
  return outputError('OUTPUT_EXISTS', path, 'exists already; force the write (--force) to replace it', cause);
}

function folderError(path: string, cause?: unknown): TenasError {
  return outputError(
    'OUTPUT_FOLDER_MISSING',
    path,
    `can't be written: ${dirname(path)} is not an existing folder; create it first`,
    cause,
  );
}

function outputError(code: string, path: string, message: string, cause?: unknown): TenasError {
  return new TenasError(code, `${path} ${message}`, { field: 'path', value: path, cause });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
