import { linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/**
 * Makes a folder and those above it. Node's own `recursive` never returns where a file system says ENOENT to a new folder
 * in one that exists, as /proc does.
 */
export function makeFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  const above = dirname(path);
  if (found === undefined && above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else made it in the meantime.
    if (!isErrno(error, 'EEXIST') || !statSync(path).isDirectory()) throw error;
  }
}

/** Writes a file under its final name in one step: readers see the old content, or all of the new. */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  const temporary = writeTemporary(path, content);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeTemporary(path: string, content: string | Uint8Array): string {
  makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return temporary;
}

/**
 * Writes a file in one step under the first free of `name.json`, `name-2.json`, `name-3.json`, ..., so that nothing
 * that is there is replaced, not even by two processes at once.
 * @returns the path written
 */
export function writeUnderFreshName(
  folder: string,
  name: string,
  extension: string,
  content: string,
): string {
  const temporary = writeTemporary(join(folder, `${name}${extension}`), content);
  try {
    for (let attempt = 1; ; attempt++) {
      const path = join(folder, attempt === 1 ? `${name}${extension}` : `${name}-${attempt}${extension}`);
      try {
        linkSync(temporary, path);
        return path;
      } catch (error) {
        if (isErrno(error, 'EEXIST')) continue;
        // File systems without hard links: an exclusive write is not atomic to readers, but replaces nothing.
        if (!isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
      }
      try {
        writeFileSync(path, content, { flag: 'wx' });
        return path;
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
      }
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}
