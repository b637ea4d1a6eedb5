import { dirname } from 'node:path';
import { TenasError } from './errors.js';

/** The code of an error of the operating system, such as ENOSPC. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function outputError(code: string, path: string, message: string, cause?: unknown): TenasError {
  return new TenasError(code, `${path} ${message}`, { field: 'path', value: path, cause });
}

/** A path that must be free and is not. */
export function existsError(path: string, cause?: unknown): TenasError {
  return outputError('OUTPUT_EXISTS', path, 'exists already; force the write (--force) to replace it', cause);
}

/** A path whose folder is none. */
export function folderError(path: string, cause?: unknown): TenasError {
  return outputError(
    'OUTPUT_FOLDER_MISSING',
    path,
    `can't be written: ${dirname(path)} is not an existing folder; create it first`,
    cause,
  );
}

/** Something else where a folder is wanted. */
export function notAFolderError(path: string, cause?: unknown): TenasError {
  return outputError('OUTPUT_FOLDER_MISSING', path, 'is no folder; name another', cause);
}

/** A path where a folder is. */
export function isFolderError(path: string, cause?: unknown): TenasError {
  return outputError('OUTPUT_IS_DIRECTORY', path, 'is a folder; name a file inside it', cause);
}

/** A path that holds a device, a socket or another special file. */
export function notAFileError(path: string): TenasError {
  return outputError('OUTPUT_NOT_A_FILE', path, 'exists and is not a regular file; choose another path');
}

/**
 * Explains an error of the file system to the person who named the path: OUTPUT_EXISTS, OUTPUT_IS_DIRECTORY,
 * OUTPUT_NAME_INVALID, OUTPUT_FOLDER_MISSING, OUTPUT_PERMISSION, OUTPUT_NO_SPACE, or OUTPUT_FAILED for any other, with
 * the path in the message and the error as the cause.
 */
export function explainWriteError(error: unknown, path: string): TenasError {
  switch (errnoOf(error)) {
    case 'EEXIST':
    case 'ENOTEMPTY':
      return existsError(path, error);
    case 'ENAMETOOLONG':
      return outputError('OUTPUT_NAME_INVALID', path, "can't be written: the name is too long", error);
    case 'EISDIR':
      return isFolderError(path, error);
    case 'ENOENT':
    case 'ENOTDIR':
      return folderError(path, error);
    case 'EACCES':
    case 'EPERM':
      return outputError(
        'OUTPUT_PERMISSION',
        path,
        `can't be written: no permission to create files in ${dirname(path)}`,
        error,
      );
    case 'EROFS':
      return outputError('OUTPUT_PERMISSION', path, "can't be written: the file system is read-only", error);
    case 'EFBIG':
      return outputError(
        'OUTPUT_NO_SPACE',
        path,
        "can't be written: the file is larger than this process may write (ulimit -f), or than the file system takes",
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return outputError('OUTPUT_NO_SPACE', path, "can't be written: the disk or quota is full", error);
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return outputError('OUTPUT_FAILED', path, `can't be written: ${reason}`, error);
    }
  }
}
