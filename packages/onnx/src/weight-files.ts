import { dirname, extname, join } from 'node:path';
import { clip, describeValue, isRecord, parseJson, readInput, TenasError } from '@tenas/base';
import { readSafetensors, type Tensor } from '@tenas/graph';

/** The tensors of one file, or of several that an index names. */
export interface WeightFiles {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Names of the tensors that were left out. */
  readonly leftOut: readonly string[];
  /** `__metadata__` of the file, of the first one where there are several. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Names of the files beside the index that were read; none where a file was given itself. */
  readonly shards: readonly string[];
}

/** Files of PyTorch's own format, which is a pickle and so a program: not read. */
const PICKLES = new Set(['.pth', '.pt', '.pkl', '.ckpt', '.bin', '.tar']);

/** Limits on an index. The largest models that are published have 200 files. */
const MOST_TENSORS = 100_000;
const MOST_SHARDS = 1000;
const INDEX_LIMITS = {
  length: 1 << 25,
  depth: 8,
  containers: 1000,
  keys: MOST_TENSORS + 1000,
} as const;

/** Most bytes of all shards together: as many as one file may have. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Reads a safetensors file, or the files that an index (`model.safetensors.index.json`) names, which must lie in its
 * folder.
 *
 * @param leaveOut whether to leave a tensor out, by its name
 * @throws TenasError WEIGHTS_UNREADABLE (files), WEIGHTS_INDEX_INVALID (naming the entry of the index), and those of
 *   `readSafetensors`
 */
export async function readWeightFiles(
  path: string,
  leaveOut: (name: string) => boolean,
): Promise<WeightFiles> {
  if (PICKLES.has(extname(path).toLowerCase())) {
    throw unreadable(
      path,
      'is not a .safetensors file; save the state_dict with safetensors.torch.save_file and give that file',
    );
  }
  const bytes = await readBytes(path, MOST_BYTES);
  if (extname(path).toLowerCase() === '.json') return await readShards(path, bytes, leaveOut);
  return { ...naming(path, () => readSafetensors(bytes, { leaveOut })), shards: [] };
}

/** Puts the file's name in front of errors about its content. */
export function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    throw new TenasError(error.code, `${path}: ${error.message}`, {
      ...(error.field === undefined ? {} : { field: error.field }),
      value: error.value,
      cause: error,
    });
  }
}

async function readShards(
  path: string,
  bytes: Uint8Array,
  leaveOut: (name: string) => boolean,
): Promise<WeightFiles> {
  const shardOf = readIndex(path, bytes);
  const shards = [...new Set(shardOf.values())].sort();
  if (shards.length > MOST_SHARDS) {
    throw indexError(path, 'weight_map', shards.length, `names of at most ${MOST_SHARDS} files`);
  }
  const tensors = new Map<string, Tensor>();
  const leftOut: string[] = [];
  let metadata: WeightFiles['metadata'] = {};
  let left = MOST_BYTES;
  for (const shard of shards) {
    const file = join(dirname(path), shard);
    const content = await readBytes(file, left);
    left -= content.length;
    const read = naming(file, () => readSafetensors(content, { leaveOut }));
    if (shard === shards[0]) metadata = read.metadata;
    for (const name of [...read.tensors.keys(), ...read.leftOut]) {
      if (shardOf.get(name) !== shard)
        throw indexError(path, `weight_map.${name}`, shardOf.get(name), `${shard}, which holds this tensor`);
      shardOf.delete(name);
    }
    for (const [name, tensor] of read.tensors) tensors.set(name, tensor);
    leftOut.push(...read.leftOut);
  }
  for (const [name, shard] of shardOf)
    throw indexError(path, `weight_map.${name}`, shard, 'a file that holds this tensor');
  return { tensors, leftOut, metadata, shards };
}

/** The file of each tensor. */
function readIndex(path: string, bytes: Uint8Array): Map<string, string> {
  let index: unknown;
  try {
    index = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), INDEX_LIMITS);
  } catch (cause) {
    const problem = cause instanceof TenasError ? cause.message : 'it is not valid UTF-8';
    throw new TenasError('WEIGHTS_INDEX_INVALID', `${path}: the index cannot be read: ${problem}`, {
      field: 'index',
      cause,
    });
  }
  const map = isRecord(index) ? index.weight_map : undefined;
  if (!isRecord(map)) throw indexError(path, 'weight_map', map, 'an object: the file of each tensor');
  return new Map(
    Object.entries(map).map(([name, shard]) => {
      if (typeof shard !== 'string' || !isPlainName(shard))
        throw indexError(
          path,
          `weight_map.${name}`,
          shard,
          'the name of a .safetensors file beside the index',
        );
      return [name, shard];
    }),
  );
}

/** Whether a name is that of a safetensors file in the index's folder, and leads nowhere else. */
function isPlainName(name: string): boolean {
  return name.length <= 255 && /^[^/\\\0:]+\.safetensors$/.test(name);
}

function indexError(path: string, field: string, value: unknown, wanted: string): TenasError {
  return new TenasError(
    'WEIGHTS_INDEX_INVALID',
    `${path}: ${clip(field)} is ${describeValue(value)}; it must be ${wanted}`,
    { field, value },
  );
}

async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readInput(path, { maxBytes });
  } catch (cause) {
    if (cause instanceof TenasError)
      throw new TenasError('WEIGHTS_UNREADABLE', cause.message, { field: 'path', value: path, cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(path, `can't be read: ${reason}`, cause);
  }
}

function unreadable(path: string, message: string, cause?: unknown): TenasError {
  return new TenasError('WEIGHTS_UNREADABLE', `${path} ${message}`, { field: 'path', value: path, cause });
}
