import { rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './output-error.js';

/** Bytes that are gathered before they are written: lines of a table are short. */
const GATHERED = 1 << 16;

/** Files and folders that a process which ends in the middle of writing has to remove. */
const unfinished = new Set<string>();

function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true, recursive: true });
}

/** A unique path in a folder for what is not finished: it is removed if the process ends before {@link forget}. */
export async function unfinishedPath(folder: string): Promise<string> {
  // Loaded here: commands that write nothing start sooner.
  const { randomBytes } = await import('node:crypto');
  const path = join(folder, `.tenas-${randomBytes(8).toString('hex')}.tmp`);
  if (unfinished.size === 0) process.on('exit', removeUnfinished);
  unfinished.add(path);
  return path;
}

/** Sizes and permissions that some file systems refuse to set or to sync, which is no failure. */
function unlessUnsupported(error: unknown): void {
  const code = errnoOf(error);
  if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
}

/** A file under a unique name, which becomes the target once its content is whole and on the disk. */
export class TemporaryFile {
  readonly path: string;
  /** Bytes of the content so far. */
  bytes = 0;
  readonly #file: FileHandle;
  readonly #gathered = Buffer.allocUnsafe(GATHERED);
  #waiting = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Makes one in a folder. @param mode permissions; default: those that the umask leaves */
  static async create(folder: string, mode?: number): Promise<TemporaryFile> {
    const path = await unfinishedPath(folder);
    try {
      const file = await open(path, 'wx');
      if (mode !== undefined) await file.chmod(mode).catch(unlessUnsupported);
      return new TemporaryFile(path, file);
    } catch (error) {
      forget(path);
      throw error;
    }
  }

  /** Adds to the content; the caller may use the bytes again once it has returned. */
  async write(part: string | Uint8Array): Promise<void> {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    this.bytes += bytes.length;
    if (this.#waiting + bytes.length > GATHERED) await this.#flush();
    if (bytes.length > GATHERED) return await writeWhole(this.#file, bytes);
    this.#gathered.set(bytes, this.#waiting);
    this.#waiting += bytes.length;
  }

  async #flush(): Promise<void> {
    await writeWhole(this.#file, this.#gathered.subarray(0, this.#waiting));
    this.#waiting = 0;
  }

  /** Writes what is left, waits until all of it is on the disk, and closes the file. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync().catch(unlessUnsupported);
    await this.#file.close();
  }

  /** Removes the file, unless it has been moved away. Closes it if it is open. */
  async remove(): Promise<void> {
    // Closed already, if all went well; what matters is that the file goes.
    await this.#file.close().catch(() => undefined);
    await rm(this.path, { force: true });
    forget(this.path);
  }
}

/** What was unfinished is finished, or removed. */
export function forget(path: string): void {
  unfinished.delete(path);
  if (unfinished.size === 0) process.off('exit', removeUnfinished);
}

/** A file that takes bytes, and says how many it took; a `FileHandle` is one. */
export interface Sink {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
}

/** Writes all bytes: the last ones that fit on a disk are taken without an error, and only the next write fails. */
export async function writeWhole(sink: Sink, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await sink.write(bytes, done, bytes.length - done);
    if (bytesWritten === 0) throw new Error(`nothing was written at byte ${done} of ${bytes.length}`);
    done += bytesWritten;
  }
}
