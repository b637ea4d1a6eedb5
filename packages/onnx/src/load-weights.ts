import { clip, plural, TenasError } from '@tenas/base';
import { type Graph, packWeights, type Tensor } from '@tenas/graph';
import { naming, readWeightFiles } from './weight-files.js';

/** Settings of {@link loadWeights}. */
export interface LoadWeightsOptions {
  /** Further tensors to leave out: names that start with one of these (after wrapper prefixes are removed). */
  readonly ignorePrefixes?: readonly string[] | undefined;
  /** Further tensors to leave out, by patterns of their names (after wrapper prefixes are removed): `*` stands for any text. */
  readonly ignorePatterns?: readonly string[] | undefined;
  /** Fill parameters that the file lacks with 0 instead of refusing it. Default false. */
  readonly allowMissing?: boolean | undefined;
}

/** Result of {@link loadWeights}. */
export interface LoadedWeights {
  /** All parameters concatenated in `graph.params` order. */
  readonly weights: Float32Array;
  /** Tensors that were renamed, converted, left out or filled in, one sentence each, for people. */
  readonly messages: readonly string[];
  /** How many names lost each prefix, e.g. `{ 'module.': 61 }`. */
  readonly renamed: Readonly<Record<string, number>>;
  /** How many tensors of each other type became single precision, e.g. `{ BF16: 61 }`. */
  readonly converted: Readonly<Record<string, number>>;
  /** Names in the file that were left out. */
  readonly ignored: readonly string[];
  /** Parameters that the file lacks and that were filled in (running statistics 0 and 1; others only if allowed). */
  readonly missing: readonly string[];
  /** Files that an index named, and that were read. */
  readonly shards: readonly string[];
  /** `__metadata__` of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Prefixes that wrappers put before every name: DataParallel, torch.compile, and modules that hold the network. */
const WRAPPERS = ['module.', '_orig_mod.', 'model.', 'net.', 'state_dict.'] as const;

/** Names that say something of a tensor, without the wrappers' prefixes. */
interface Rule {
  readonly what: string;
  readonly matches: (name: string) => boolean;
}

/** Parts of a trained model and of its training that inference doesn't have. */
const LEFT_OUT: readonly Rule[] = [
  { what: 'auxiliary head (training only)', matches: (name) => name.startsWith('auxiliary_head.') },
  { what: 'drop path (training only)', matches: (name) => /(^|\.)drop_path/.test(name) },
  {
    what: 'batch counters of batch normalisation',
    matches: (name) => /(^|\.)num_batches_tracked$/.test(name),
  },
  {
    what: 'state of the optimiser or its schedule',
    matches: (name) =>
      /^(optimi[sz]ers?|optim|(lr_)?schedulers?|(grad_)?scaler)(\.|_states?\.)/.test(name) ||
      /(^|\.)(momentum_buffer|exp_avg|exp_avg_sq|max_exp_avg_sq)$/.test(name) ||
      /^(epoch|step|global_step)$/.test(name),
  },
  { what: 'counts of a profiler', matches: (name) => /(^|\.)total_(ops|params)$/.test(name) },
];

/**
 * Reads a graph's weights from a `.safetensors` file with the reference's `state_dict` names, or from the files of a
 * sharded model by their index, `model.safetensors.index.json`. A prefix `module.`, `_orig_mod.`, `model.`, `net.` or
 * `state_dict.` is removed from names that the graph does not have. Types F64, F16 and BF16 become single precision.
 * Auxiliary heads, drop path, batch counters and the optimiser's state are left out by their names. Messages say so.
 *
 * @throws TenasError WEIGHTS_UNREADABLE (file), WEIGHTS_INDEX_INVALID (index), WEIGHTS_AMBIGUOUS (a name twice once
 *   prefixes are removed), and those of `readSafetensors` and `packWeights` (malformed file; missing, extra, misshaped or
 *   NaN tensors by name).
 */
export async function loadWeights(
  graph: Graph,
  path: string,
  options: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const { allowMissing = false, ignorePrefixes = [], ignorePatterns = [] } = options;
  const own = new Set(graph.params.map(({ name }) => name));
  const rules = [...LEFT_OUT, ...ignorePrefixes.map(prefixRule), ...ignorePatterns.map(patternRule)];
  const ruleFor = (name: string): Rule | undefined => {
    const { bare } = unwrap(name, own);
    return own.has(bare) ? undefined : rules.find(({ matches }) => matches(bare));
  };
  const read = await readWeightFiles(path, (name) => ruleFor(name) !== undefined);
  const { byName, renamed } = withoutPrefixes(read.tensors, own, path);
  const { data, missing } = naming(path, () => packWeights(graph, byName, { allowMissing }));
  const converted = tally([...byName.values()].flatMap(({ dtype }) => (dtype === 'F32' ? [] : [dtype])));
  const ignored = new Map<string, string[]>();
  for (const name of read.leftOut) {
    const { what } = ruleFor(name)!;
    const names = ignored.get(what);
    if (names === undefined) ignored.set(what, [name]);
    else names.push(name);
  }
  return {
    weights: data,
    messages: [
      ...(read.shards.length === 0 ? [] : [`read ${plural(read.shards.length, 'file')} of the index`]),
      ...Object.entries(renamed).map(
        ([prefix, count]) => `removed the prefix "${prefix}" from ${plural(count, 'tensor name')}`,
      ),
      ...Object.entries(converted).map(
        ([type, count]) => `converted ${plural(count, 'tensor')} from ${type} to single precision`,
      ),
      ...[...ignored].map(
        ([what, names]) => `ignored ${plural(names.length, 'tensor')}: ${what}, e.g. ${clip(names[0]!)}`,
      ),
      ...(missing.length === 0
        ? []
        : [`filled in ${plural(missing.length, 'absent tensor')}, e.g. ${clip(missing[0]!)}`]),
    ],
    renamed,
    converted,
    ignored: [...ignored.values()].flat(),
    missing,
    shards: read.shards,
    metadata: read.metadata,
  };
}

function prefixRule(prefix: string): Rule {
  return { what: `names starting with "${prefix}"`, matches: (name) => name.startsWith(prefix) };
}

function patternRule(pattern: string): Rule {
  const parts = pattern.split('*');
  return { what: `names like "${clip(pattern)}"`, matches: (name) => isLike(name, parts) };
}

/** Whether a text consists of some parts, in this order, with any text between them. */
function isLike(text: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/** The tensors by the graph's names. */
function withoutPrefixes(
  tensors: ReadonlyMap<string, Tensor>,
  own: ReadonlySet<string>,
  path: string,
): { byName: Map<string, Tensor>; renamed: Record<string, number> } {
  const byName = new Map<string, Tensor>();
  const prefixes: string[] = [];
  for (const [name, tensor] of tensors) {
    const { bare, prefix } = unwrap(name, own);
    if (prefix !== '') prefixes.push(prefix);
    if (byName.has(bare)) {
      throw new TenasError(
        'WEIGHTS_AMBIGUOUS',
        `${path} holds ${clip(bare)} twice, with and without a wrapper prefix`,
        { field: bare, value: name },
      );
    }
    byName.set(bare, tensor);
  }
  return { byName, renamed: tally(prefixes) };
}

/** A name as the graph has it, or without any prefix if the graph has no such name. */
function unwrap(name: string, own: ReadonlySet<string>): { bare: string; prefix: string } {
  let bare = name;
  while (!own.has(bare)) {
    const wrapper = WRAPPERS.find((prefix) => bare.startsWith(prefix));
    if (wrapper === undefined) break;
    bare = bare.slice(wrapper.length);
  }
  return { bare, prefix: name.slice(0, name.length - bare.length) };
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
