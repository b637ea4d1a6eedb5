import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ensureWritableTarget, explainWriteError, makeFolder, TenasError } from '@tenas/base';
import { throughProxy } from './proxied-fetch.js';

/** Data sets that can be downloaded: the official archives and their MD5 sums (cs.toronto.edu/~kriz/cifar.html). */
export const ARCHIVES = {
  cifar10: {
    file: 'cifar-10-binary.tar.gz',
    folder: 'cifar-10-batches-bin',
    md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  },
  cifar100: {
    file: 'cifar-100-binary.tar.gz',
    folder: 'cifar-100-binary',
    md5: '03b5dce01913d631647c71ecec9e9cb8',
  },
} as const;
export type FetchableDataset = keyof typeof ARCHIVES;

/** Most bytes of an archive and of what is in it, and most files: several times those of the official ones. */
const MAX_BYTES = 1 << 30;
const MAX_FILES = 1000;

const OFFICIAL_ADDRESS = 'https://www.cs.toronto.edu/~kriz';

export interface FetchOptions {
  /** Folder that the data set's own folder is put into; made if absent. */
  readonly into: string;
  readonly signal?: AbortSignal;
  /** Bytes so far and in all (undefined if the server does not say). */
  readonly onProgress?: (received: number, total: number | undefined) => void;
  /** Another address that serves the same archives. */
  readonly baseUrl?: string;
  /** Another checksum, for a private mirror with a repacked archive. */
  readonly md5?: string;
}

/**
 * Downloads a data set's archive, resuming an earlier download, checks its MD5 and unpacks it into place in one step. Returns the
 * data set's folder; does nothing if it is there already. Throws TenasError FETCH_FAILED (with what to do offline) or
 * CHECKSUM_MISMATCH, or OUTPUT_NO_SPACE and the others of `writeOutputFile` where it cannot be written. A partial download is kept
 * for the next try, unless it has filled the disk.
 */
export async function fetchDataset(name: FetchableDataset, options: FetchOptions): Promise<string> {
  const archive = ARCHIVES[name];
  if (!archive) {
    throw new TenasError(
      'UNKNOWN_DATASET',
      `'${name}' cannot be fetched; ${Object.keys(ARCHIVES).join(' and ')} can`,
      {
        field: 'dataset',
        value: name,
      },
    );
  }
  const target = join(options.into, archive.folder);
  if ((await sizeOf(target)) !== undefined) return target;
  await makeFolder(options.into);
  const url = `${options.baseUrl ?? OFFICIAL_ADDRESS}/${archive.file}`;
  const partial = join(options.into, `${archive.file}.part`);
  // A pipe there would wait for a reader.
  await ensureWritableTarget(partial, { force: true });
  await download(url, partial, options);
  const md5 = await md5Of(partial);
  const wanted = options.md5 ?? archive.md5;
  if (md5 !== wanted) {
    await rm(partial, { force: true });
    throw new TenasError(
      'CHECKSUM_MISMATCH',
      `the MD5 of ${url} is ${md5}; it must be ${wanted}. The download was deleted; try again`,
      {
        field: 'md5',
        value: md5,
      },
    );
  }
  await unpack(partial, archive.folder, options.into, target);
  await rm(partial, { force: true });
  return target;
}

const sizeOf = (path: string) =>
  stat(path).then(
    (found) => found.size,
    () => undefined,
  );

function failed(url: string, partial: string, cause: unknown): TenasError {
  const reason =
    cause instanceof Error
      ? cause.cause instanceof Error
        ? cause.cause.message
        : cause.message
      : String(cause);
  return new TenasError(
    'FETCH_FAILED',
    `${url} could not be downloaded: ${reason}. Check the network and try again (what arrived is kept in ${partial} and resumed), ` +
      'or download the archive elsewhere and unpack it by hand',
    { field: 'url', value: url, cause },
  );
}

function tooLarge(url: string): TenasError {
  const problem = `sends more than ${MAX_BYTES} bytes, which is no archive of a data set here`;
  return new TenasError('FETCH_FAILED', `${url} ${problem}`, { field: 'url', value: url });
}

/** The error of a write that failed, or null for another failure. What fills a disk is removed. */
async function writeFailure(cause: unknown, partial: string): Promise<TenasError | null> {
  const { syscall } = cause as NodeJS.ErrnoException;
  if (syscall === undefined || !['open', 'write', 'close', 'mkdir', 'ftruncate'].includes(syscall))
    return null;
  const failure = explainWriteError(cause, partial);
  if (failure.code === 'OUTPUT_NO_SPACE') await rm(partial, { force: true });
  return failure;
}

async function download(url: string, partial: string, { signal, onProgress }: FetchOptions): Promise<void> {
  const have = (await sizeOf(partial)) ?? 0;
  try {
    const response = await throughProxy(url, {
      ...(have > 0 ? { headers: { Range: `bytes=${have}-` } } : {}),
      ...(signal ? { signal } : {}),
    });
    // 416: everything is there already; the checksum decides.
    if (response.status === 416 && have > 0) return;
    if (!response.ok || !response.body)
      throw new Error(`the server answered ${response.status} ${response.statusText}`);
    const resumed = response.status === 206;
    const length = Number(response.headers.get('content-length')) || undefined;
    let received = resumed ? have : 0;
    const total = length === undefined ? undefined : received + length;
    const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        received += chunk.length;
        if (received > MAX_BYTES) throw tooLarge(url);
        onProgress?.(received, total);
        yield chunk;
      }
    };
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, counted, createWriteStream(partial, { flags: resumed ? 'a' : 'w' }));
    if (total !== undefined && received < total)
      throw new Error(`the connection ended after ${received} of ${total} bytes`);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof TenasError) {
      await rm(partial, { force: true });
      throw cause;
    }
    throw (await writeFailure(cause, partial)) ?? failed(url, partial, cause);
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Unpacks into a temporary folder beside the target and renames, so that a half-unpacked data set is never seen. */
async function unpack(archive: string, folder: string, into: string, target: string): Promise<void> {
  const temporary = await mkdtemp(join(into, '.unpack-')).catch((error: unknown) => {
    throw explainWriteError(error, target);
  });
  let [bytes, files] = [0, 0];
  const bounded = (size: number): boolean => {
    bytes += size;
    files++;
    return bytes <= MAX_BYTES && files <= MAX_FILES;
  };
  try {
    // tar refuses absolute paths, `..` and links that lead outside; here only plain files and folders are taken at all.
    // Loaded here, so that opening a dataset does not load it.
    const { extract } = await import('tar');
    await extract({
      file: archive,
      cwd: temporary,
      strict: true,
      filter: (_, entry) =>
        ('type' in entry ? entry.type === 'File' || entry.type === 'Directory' : true) && bounded(entry.size),
    });
    if (!bounded(0)) throw new Error(`it holds more than ${MAX_FILES} files or ${MAX_BYTES} bytes`);
    await rename(join(temporary, folder), target);
  } catch (cause) {
    const failure = await writeFailure(cause, archive);
    if (failure !== null) throw failure;
    throw new TenasError(
      'DATA_INVALID',
      `${archive} could not be unpacked: ${cause instanceof Error ? cause.message : cause}`,
      {
        field: 'archive',
        cause,
      },
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
