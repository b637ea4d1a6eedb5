import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TenasError } from './errors.js';
import { type ReadOptions, readInput } from './input-file.js';

const MEBIBYTE = 2 ** 20;
/** Text that is packed further than this is no table and no record. */
const DEFAULT_LARGEST = 512 * MEBIBYTE;

const unpack = promisify(gunzip);

/** Whether bytes are those of a gzip file. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Bytes as text: UTF-8, or UTF-16 where a byte order mark says so, as spreadsheets write it. The mark is removed. */
export function decodedText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const sixteen = first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-16be';
  const isSixteen = sixteen === 'utf-16le' || (first === 0xfe && second === 0xff);
  return new TextDecoder(isSixteen ? sixteen : 'utf-8').decode(bytes);
}

/**
 * Reads a text from outside as a whole: UTF-8, or UTF-16 with a byte order mark, also packed by gzip. As
 * {@link readInput}; `maxBytes` (default 512 MiB) holds for the file and for what it unpacks to.
 * @throws TenasError INPUT_INVALID, also for a packed file that is damaged or unpacks to more than `maxBytes`; errors of
 *   the file system as Node gives them; the signal's reason
 */
export async function readInputText(path: string, options: ReadOptions = {}): Promise<string> {
  const { maxBytes = DEFAULT_LARGEST } = options;
  const bytes = await readInput(path, { ...options, maxBytes });
  return decodedText(isGzip(bytes) ? await unpacked(path, bytes, maxBytes) : bytes);
}

async function unpacked(path: string, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    const tooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    const problem = tooLarge
      ? `unpacks to more than ${Math.floor(maxBytes / MEBIBYTE)} MiB`
      : 'is packed by gzip and damaged (truncated?)';
    throw new TenasError('INPUT_INVALID', `${path} ${problem}`, { field: path, cause });
  }
}
