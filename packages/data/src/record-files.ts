import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TenasError, withPath } from '@tenas/base';
import { checkIndices } from './source.js';

/** Records of each file that the fingerprint covers. */
const SAMPLES = 16;

interface RecordFile {
  readonly path: string;
  /** Index of its first record in the whole list. */
  readonly first: number;
  readonly count: number;
}

interface RecordFormat {
  readonly whole: string;
  readonly problem: (record: Uint8Array) => string | null;
}

/** Files of equal-sized binary records, read as one list. */
export class RecordFiles {
  readonly #files: readonly RecordFile[];
  readonly #contents = new Map<RecordFile, Promise<Uint8Array>>();
  readonly #problem: RecordFormat['problem'];
  readonly size: number;
  readonly fingerprint: string;

  private constructor(
    files: readonly RecordFile[],
    size: number,
    fingerprint: string,
    readonly recordBytes: number,
    problem: RecordFormat['problem'],
  ) {
    this.#files = files;
    this.size = size;
    this.fingerprint = fingerprint;
    this.#problem = problem;
  }

  /**
   * Opens files whose sizes must be whole numbers of records. Throws TenasError DATA_INVALID naming the file, its size and what
   * would be right, or DATA_MISSING.
   * @param format `whole`: what a record consists of, for messages; `problem`: what is wrong with a record, if anything: of a few
   *   of each file here, of all once a file is read
   */
  static async open(
    paths: readonly string[],
    recordBytes: number,
    { whole, problem }: RecordFormat,
  ): Promise<RecordFiles> {
    const files: RecordFile[] = [];
    const hash = createHash('sha256');
    let size = 0;
    for (const path of paths) {
      const bytes = await fileSize(path);
      if (bytes === 0 || bytes % recordBytes !== 0) {
        throw new TenasError(
          'DATA_INVALID',
          `${path} has ${bytes} bytes; it must have a whole number of ${recordBytes}-byte images (${whole}). ` +
            (bytes === 0
              ? 'The file is empty'
              : `It ends ${bytes % recordBytes} bytes into image ${Math.floor(bytes / recordBytes)}: truncated, or another format`),
          { field: path, value: bytes },
        );
      }
      const count = bytes / recordBytes;
      files.push({ path, first: size, count });
      size += count;
      hash.update(`${basename(path)}:${bytes};`);
    }
    for (const file of files) {
      const handle = await open(file.path);
      try {
        const record = Buffer.alloc(recordBytes);
        for (let i = 0; i < SAMPLES; i++) {
          const index = Math.floor((i * file.count) / SAMPLES);
          await handle.read(record, 0, recordBytes, index * recordBytes);
          checkRecord(file, index, problem(record));
          hash.update(record);
        }
      } catch (error) {
        throw withPath(error, file.path);
      } finally {
        await handle.close();
      }
    }
    return new RecordFiles(files, size, hash.digest('hex').slice(0, 16), recordBytes, problem);
  }

  /**
   * The records that are asked for, from byte `skip` on, as views of what is kept. A file is read whole when one of its records is
   * first needed, checked, and kept: a search asks for thousands of records again and again.
   */
  async read(indices: readonly number[], skip: number, signal?: AbortSignal): Promise<Uint8Array[]> {
    checkIndices(indices, this.size);
    for (const file of this.#files) {
      const needed = indices.some((index) => index >= file.first && index < file.first + file.count);
      if (needed && !this.#contents.has(file)) this.#contents.set(file, this.#load(file, signal));
    }
    const contents = await Promise.all(this.#files.map((file) => this.#contents.get(file)));
    signal?.throwIfAborted();
    return indices.map((index) => {
      const which = this.#files.findIndex(({ first, count }) => index < first + count);
      const start = (index - this.#files[which]!.first) * this.recordBytes;
      return contents[which]!.subarray(start + skip, start + this.recordBytes);
    });
  }

  async #load(file: RecordFile, signal: AbortSignal | undefined): Promise<Uint8Array> {
    let bytes: Buffer;
    try {
      bytes = await readFile(file.path, { signal });
    } catch (cause) {
      this.#contents.delete(file);
      signal?.throwIfAborted();
      throw new TenasError('DATA_MISSING', `${file.path} cannot be read any more`, {
        field: file.path,
        cause,
      });
    }
    if (bytes.length !== file.count * this.recordBytes) {
      throw new TenasError('DATA_INVALID', `${file.path} changed its size while it was used`, {
        field: file.path,
      });
    }
    // A plain view: those that Buffer makes cost three times as much.
    const contents = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let index = 0; index < file.count; index++) {
      const start = index * this.recordBytes;
      checkRecord(file, index, this.#problem(contents.subarray(start, start + this.recordBytes)));
    }
    return contents;
  }
}

function checkRecord({ path }: RecordFile, index: number, wrong: string | null): void {
  if (wrong === null) return;
  throw new TenasError('DATA_INVALID', `${path}: image ${index}: ${wrong}. Is it another format?`, {
    field: path,
    value: index,
  });
}

async function fileSize(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new TenasError('DATA_INVALID', `${path} is not a file`, { field: path });
    return found.size;
  } catch (cause) {
    if (cause instanceof TenasError) throw cause;
    throw new TenasError(
      'DATA_MISSING',
      `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      {
        field: path,
        cause,
      },
    );
  }
}
