import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TenasError } from '@tenas/graph';
import { checkIndices } from './source.js';

/** Records of each file that the fingerprint covers. */
const SAMPLES = 16;
const YIELD_EVERY = 256;

interface RecordFile {
  readonly path: string;
  /** Index of its first record in the whole list. */
  readonly first: number;
  readonly count: number;
}

/** Files of equal-sized binary records, read as one list: only the records that are asked for are read. */
export class RecordFiles {
  readonly #files: readonly RecordFile[];
  readonly size: number;
  readonly fingerprint: string;

  private constructor(
    files: readonly RecordFile[],
    size: number,
    fingerprint: string,
    readonly recordBytes: number,
  ) {
    this.#files = files;
    this.size = size;
    this.fingerprint = fingerprint;
  }

  /**
   * Opens files whose sizes must be whole numbers of records. Throws TenasError DATA_INVALID naming the file, its size and what
   * would be right, or DATA_MISSING.
   */
  static async open(paths: readonly string[], recordBytes: number, whole: string): Promise<RecordFiles> {
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
          await handle.read(record, 0, recordBytes, Math.floor((i * file.count) / SAMPLES) * recordBytes);
          hash.update(record);
        }
      } finally {
        await handle.close();
      }
    }
    return new RecordFiles(files, size, hash.digest('hex').slice(0, 16), recordBytes);
  }

  /** Calls `use` with each record that is asked for. The record's bytes are only valid during the call. */
  async read(
    indices: readonly number[],
    use: (record: Uint8Array, position: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    checkIndices(indices, this.size);
    const record = Buffer.alloc(this.recordBytes);
    const descriptors = new Map<RecordFile, number>();
    try {
      for (const [position, index] of indices.entries()) {
        // Reading a record takes microseconds, less than a trip through the thread pool; other work gets its turn now and then.
        if (position % YIELD_EVERY === YIELD_EVERY - 1) await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
        const file = this.#files.find(({ first, count }) => index < first + count)!;
        let descriptor = descriptors.get(file);
        if (descriptor === undefined) {
          descriptor = openSync(file.path, 'r');
          descriptors.set(file, descriptor);
        }
        if (
          readSync(descriptor, record, 0, this.recordBytes, (index - file.first) * this.recordBytes) <
          this.recordBytes
        ) {
          throw new TenasError('DATA_INVALID', `${file.path} became shorter while it was read`, {
            field: file.path,
          });
        }
        use(record, position);
      }
    } finally {
      for (const descriptor of descriptors.values()) closeSync(descriptor);
    }
  }
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
