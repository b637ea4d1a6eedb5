import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { clip, parseJson, readInput, readInputText, TenasError } from '@tenas/base';
import { isBzip2, type PickleValue, unpackBzip2, unpickle } from '@tenas/data';
import { isBinary } from '@tenas/records';
import { isNatsArchitecture, natsRow, WANTED } from './nats.js';
import { nestedRows } from './nested.js';
import type { BenchmarkRow, BenchmarkRows } from './rows.js';

/** How a benchmark's files are read. */
export interface SourceOptions {
  /** Whether a text names an architecture. */
  readonly isArchitecture: (text: string) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called after each file of a folder. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const MEBIBYTE = 2 ** 20;
const LARGEST_FILE = 512 * MEBIBYTE;
/** The results of one architecture; real ones unpack to less than one. */
const LARGEST_ARCHITECTURE = 64 * MEBIBYTE;

/** What is read, for messages. */
const KNOWN =
  'the folder NATS-tss-v1_0-3ffb9-simple or NATS-sss-v1_0-50262-simple of NATS-Bench, zc_*.json of NAS-Bench-Suite-Zero, nas-bench-macro_cifar10.json, a pickled dict of architectures, or a CSV';

function invalid(path: string, problem: string, cause?: unknown): TenasError {
  return new TenasError('BENCHMARK_INVALID', `${path}: ${problem}`, { field: 'source', value: path, cause });
}

/** Beginnings of files that are refused, and what to do about them. */
const REFUSED: readonly { readonly bytes: readonly number[]; readonly at: number; readonly what: string }[] =
  [
    { bytes: [0x75, 0x73, 0x74, 0x61, 0x72], at: 257, what: 'a tar archive: unpack it and give its folder' },
    {
      bytes: [0x50, 0x4b, 3, 4],
      at: 0,
      what: 'a zip archive, as PyTorch writes it: not read; the same results are in the folder NATS-tss-v1_0-3ffb9-simple of NATS-Bench',
    },
    {
      // The number that PyTorch writes first.
      bytes: [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9],
      at: 2,
      what: 'a file of torch.save, such as NAS-Bench-201-v1_1-096897.pth: not read; the same results are in the folder NATS-tss-v1_0-3ffb9-simple of NATS-Bench',
    },
    { bytes: [0x89, 0x48, 0x44, 0x46], at: 0, what: 'an HDF5 file: not read' },
  ];

/**
 * Reads what benchmark authors publish: a folder of NATS-Bench with a pickle for each architecture, one such pickle, a
 * pickled dict, or JSON. Pickles are read by a reader that executes nothing, in bounded memory.
 * @returns null: the file is text that is no JSON, to be read as CSV
 * @throws TenasError `BENCHMARK_INVALID` for files that are not known, damaged, or hold something else, saying what was
 * expected; `INPUT_INVALID` for files that are too large; errors of the file system; the signal's reason
 */
export async function readSource(path: string, options: SourceOptions): Promise<BenchmarkRows | null> {
  if ((await stat(path)).isDirectory()) return await readNatsFolder(path, options);
  const bytes = await readInput(path, { maxBytes: LARGEST_FILE, signal: options.signal });
  const refused = REFUSED.find(({ bytes: beginning, at }) =>
    beginning.every((byte, place) => bytes[at + place] === byte),
  );
  if (refused !== undefined) throw invalid(path, `it is ${refused.what}`);
  if (isBzip2(bytes) || (bytes[0] === 0x80 && bytes[1]! <= 5)) {
    return readPickled(path, unpickled(path, bytes, LARGEST_FILE), options);
  }
  return await readJson(path, options);
}

/** What a pickle holds, packed by bzip2 or not. */
function unpickled(path: string, bytes: Uint8Array, maxBytes: number): PickleValue {
  try {
    return unpickle(isBzip2(bytes) ? unpackBzip2(bytes, { maxBytes }) : bytes);
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    const problem = `${cause.message}. Read are ${KNOWN}; archives with weights (-full) are not`;
    throw invalid(path, problem, cause);
  }
}

async function readNatsFolder(folder: string, options: SourceOptions): Promise<BenchmarkRows> {
  const { signal, onProgress } = options;
  const names = (await readdir(folder)).filter((name) => /^\d+\.pickle\.pbz2$/.test(name)).sort();
  if (names.length === 0) {
    throw invalid(folder, `no files 000000.pickle.pbz2 and so on in it; expected ${KNOWN}`);
  }
  const rows: BenchmarkRow[] = [];
  for (const [done, name] of names.entries()) {
    const path = join(folder, name);
    const bytes = await readInput(path, { maxBytes: LARGEST_ARCHITECTURE, signal });
    const value = unpickled(path, bytes, LARGEST_ARCHITECTURE);
    if (!isNatsArchitecture(value)) throw invalid(path, `it holds something else than ${WANTED}`);
    rows.push(natsRow(value, path));
    onProgress?.(done + 1, names.length);
    signal?.throwIfAborted();
  }
  return { format: 'NATS-Bench folder', rows, notes: [] };
}

function readPickled(path: string, value: PickleValue, { isArchitecture }: SourceOptions): BenchmarkRows {
  if (isNatsArchitecture(value)) return { format: 'NATS-Bench', rows: [natsRow(value, path)], notes: [] };
  const infos = value instanceof Map ? value.get('arch2infos') : undefined;
  if (infos instanceof Map) {
    const rows = [...infos].map(([index, one]) => {
      const place = `${path}, architecture ${index}`;
      if (!isNatsArchitecture(one)) throw invalid(place, `it holds something else than ${WANTED}`);
      return natsRow(one, place);
    });
    return { format: 'NATS-Bench', rows, notes: [] };
  }
  const rows = nestedRows(value, isArchitecture);
  if (rows !== null) return { format: 'pickled dict', rows, notes: [] };
  throw invalid(path, `a pickle whose keys are no architectures of the space; expected ${KNOWN}`);
}

/** Far more than any benchmark has. */
const JSON_LIMITS = { length: 2 ** 29 - 25, depth: 16, containers: 8_000_000, keys: 32_000_000 };

async function readJson(path: string, options: SourceOptions): Promise<BenchmarkRows | null> {
  const text = await readInputText(path, { maxBytes: LARGEST_FILE, signal: options.signal });
  if (isBinary(text)) throw invalid(path, `a binary file of another kind; expected ${KNOWN}`);
  const isObject = /^\s*\{/.test(text);
  if (!isObject && !/^\s*\[/.test(text)) return null;
  let value: unknown;
  try {
    value = parseJson(text, JSON_LIMITS);
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    // The name of a column may begin with a bracket.
    if (!isObject) return null;
    throw invalid(path, `JSON: ${cause.message}`, cause);
  }
  if (!isObject) throw invalid(path, `a JSON list; expected ${KNOWN}`);
  const rows = nestedRows(value, options.isArchitecture);
  if (rows !== null) return { format: 'JSON', rows, notes: [] };
  if (Object.keys(value as object).length === 0)
    throw invalid(path, `an empty JSON object; expected ${KNOWN}`);
  const keys = Object.keys(value as object)
    .slice(0, 3)
    .map((key) => clip(JSON.stringify(key)));
  throw invalid(
    path,
    `JSON whose keys (${keys.join(', ')}, ...) are no architectures of the space; expected ${KNOWN}`,
  );
}
