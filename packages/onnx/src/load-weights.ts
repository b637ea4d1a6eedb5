import { extname } from 'node:path';
import { plural, readInput, TenasError } from '@tenas/base';
import { type Graph, packWeights, readSafetensors } from '@tenas/graph';

/** Settings of {@link loadWeights}. */
export interface LoadWeightsOptions {
  /** Further tensors to leave out: names that start with one of these (after wrapper prefixes are removed). */
  readonly ignorePrefixes?: readonly string[] | undefined;
  /** Fill parameters that the file lacks with 0 instead of refusing it. Default false. */
  readonly allowMissing?: boolean | undefined;
}

/** Result of {@link loadWeights}. */
export interface LoadedWeights {
  /** All parameters concatenated in `graph.params` order. */
  readonly weights: Float32Array;
  /** Tensors that were renamed, left out or filled in, one sentence each, for people. */
  readonly messages: readonly string[];
  /** Names in the file that were left out. */
  readonly ignored: readonly string[];
  /** Parameters that the file lacks and that were filled in (running statistics 0 and 1; others only if allowed). */
  readonly missing: readonly string[];
  /** `__metadata__` of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Prefixes that wrappers put before every name: DataParallel and torch.compile. */
const WRAPPERS = ['module.', '_orig_mod.'] as const;

/** Parts of a trained model that inference doesn't have. */
const LEFT_OUT: readonly { readonly what: string; readonly matches: (name: string) => boolean }[] = [
  { what: 'auxiliary head (training only)', matches: (name) => name.startsWith('auxiliary_head.') },
  { what: 'drop path (training only)', matches: (name) => /(^|\.)drop_path/.test(name) },
  {
    what: 'batch counters of batch normalisation',
    matches: (name) => /(^|\.)num_batches_tracked$/.test(name),
  },
];

/** Files of PyTorch's own format, which is a pickle and so a program: not read. */
const PICKLES = new Set(['.pth', '.pt', '.pkl', '.ckpt', '.bin', '.tar']);

/**
 * Reads a graph's weights from a `.safetensors` file with the reference's `state_dict` names.
 * A `module.` or `_orig_mod.` prefix is removed; `auxiliary_head.*`, `drop_path*` and `num_batches_tracked` are left
 * out; messages say so.
 *
 * @throws TenasError WEIGHTS_UNREADABLE (file), WEIGHTS_AMBIGUOUS (a name twice once prefixes are removed), and those
 *   of `readSafetensors` and `packWeights` (malformed file; missing, extra, misshaped or NaN tensors by name).
 */
export async function loadWeights(
  graph: Graph,
  path: string,
  options: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const bytes = await readWeightsFile(path);
  const { tensors, metadata } = named(path, () => readSafetensors(bytes));
  const messages: string[] = [];

  const byName: typeof tensors = new Map();
  const removed = new Map<string, number>();
  for (const [name, tensor] of tensors) {
    const { bare, prefix } = unwrap(name);
    if (prefix !== '') removed.set(prefix, (removed.get(prefix) ?? 0) + 1);
    if (byName.has(bare)) {
      throw new TenasError(
        'WEIGHTS_AMBIGUOUS',
        `${path} holds ${bare} twice, with and without a wrapper prefix`,
        {
          field: bare,
          value: name,
        },
      );
    }
    byName.set(bare, tensor);
  }
  for (const [prefix, count] of removed) {
    messages.push(`removed the prefix "${prefix}" from ${plural(count, 'tensor name')}`);
  }

  const ignored: string[] = [];
  const rules = [
    ...LEFT_OUT,
    ...(options.ignorePrefixes ?? []).map((prefix) => ({
      what: `names starting with "${prefix}"`,
      matches: (name: string) => name.startsWith(prefix),
    })),
  ];
  for (const { what, matches } of rules) {
    const names = [...byName.keys()].filter(matches);
    if (names.length === 0) continue;
    messages.push(`ignored ${plural(names.length, 'tensor')}: ${what}, e.g. ${names[0]}`);
    for (const name of names) byName.delete(name);
    ignored.push(...names);
  }

  const allowMissing = options.allowMissing ?? false;
  const packed = named(path, () => packWeights(graph, byName, { allowMissing }));
  if (packed.missing.length > 0) {
    messages.push(`filled in ${plural(packed.missing.length, 'absent tensor')}, e.g. ${packed.missing[0]}`);
  }
  return {
    weights: packed.data,
    messages,
    ignored: [...ignored, ...packed.ignored],
    missing: packed.missing,
    metadata,
  };
}

/** Puts the file's name in front of errors about its content. */
function named<T>(path: string, work: () => T): T {
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

async function readWeightsFile(path: string): Promise<Uint8Array> {
  if (PICKLES.has(extname(path).toLowerCase())) {
    throw unreadable(
      path,
      'is not a .safetensors file; save the state_dict with safetensors.torch.save_file and give that file',
    );
  }
  try {
    return await readInput(path);
  } catch (cause) {
    if (cause instanceof TenasError)
      throw new TenasError('WEIGHTS_UNREADABLE', cause.message, { field: 'path', value: path, cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(path, `can't be read: ${reason}`, cause);
  }
}

function unwrap(name: string): { bare: string; prefix: string } {
  let bare = name;
  for (;;) {
    const prefix = WRAPPERS.find((wrapper) => bare.startsWith(wrapper));
    if (prefix === undefined) return { bare, prefix: name.slice(0, name.length - bare.length) };
    bare = bare.slice(prefix.length);
  }
}

function unreadable(path: string, message: string, cause?: unknown): TenasError {
  return new TenasError('WEIGHTS_UNREADABLE', `${path} ${message}`, { field: 'path', value: path, cause });
}
