import { isRecord, TenasError } from '@tenas/base';
import { packWeights } from '@tenas/graph';
import { getSpace, requireSupernet } from '@tenas/spaces';
import { z } from 'zod';
import { type FixtureFile, invalid, networkFields, networkKinds, parseCase } from './fixture-file.js';
import { fixtureNetwork } from './fixture-network.js';

const positive = z.number().min(0);

/** SGD, as a case writes it. */
const sgdFields = {
  rate: positive,
  schedule: z.literal('cosine'),
  momentum: positive,
  nesterov: z.boolean(),
  weight_decay: positive,
  clip: positive.optional(),
};

const common = {
  ...networkFields,
  /** Images of a batch. */
  batch_size: z.int().min(1).max(65_536),
  /** The smallest decision of the run over the largest error of single precision; below 1 it may be decided otherwise. */
  steadiness: positive,
  /** Relative distance of single-precision PyTorch, by kind of tensor. */
  f32_error: z.record(z.string(), positive),
};

const tasks = {
  gradient: { ...common, task: z.literal('gradient') },
  sgd: { ...common, task: z.literal('sgd'), steps: z.int().min(1), ...sgdFields },
  alphas: {
    ...common,
    task: z.literal('alphas'),
    steps: z.int().min(1),
    sampler: z.enum(['softmax', 'gumbel-hard']),
    optimizer: z.enum(['adam', 'adamw']),
    alpha_rate: positive,
    betas: z.tuple([positive, positive]),
    alpha_weight_decay: positive,
    tau: z.array(positive).optional(),
    weights: z.object(sgdFields).optional(),
  },
};

const caseSchema = z.union([
  z.object({ ...tasks.gradient, ...networkKinds.supernet }),
  z.object({ ...tasks.gradient, ...networkKinds.architecture }),
  z.object({ ...tasks.sgd, ...networkKinds.supernet }),
  z.object({ ...tasks.sgd, ...networkKinds.architecture }),
  z.object({ ...tasks.alphas, ...networkKinds.supernet }),
]);

/** What a training fixture's `__metadata__.case` says. */
export type TrainingCase = z.output<typeof caseSchema>;

/** The case of a task. */
export type Case<T extends TrainingCase['task']> = Extract<TrainingCase, { readonly task: T }>;

/** SGD, as a case writes it. */
export type SgdCase = Pick<Case<'sgd'>, 'rate' | 'momentum' | 'nesterov' | 'weight_decay' | 'clip'>;

/** A fixture of losses, gradients or training steps. */
export interface TrainingFixture<C extends TrainingCase = TrainingCase> {
  readonly file: string;
  readonly case: C;
  /** Its network, with one coefficient per slot: those of the file, or 1 for what is active. */
  readonly network: ReturnType<typeof fixtureNetwork>;
  /** [parameter values]; parameters of operations that are not there are 0. */
  readonly parameters: Float32Array;
  /** Edges of a supernet and their operations, by type of cell: the axes of tensors `NAME.TYPE`. */
  readonly edges: ReadonlyMap<string, readonly EdgeSlots[]>;
  /** A tensor's numbers. @throws TenasError FIXTURE_INVALID for one that is not there */
  numbers(name: string): Float64Array;
  /** Names of tensors that begin with `prefix`, without it. */
  namesAfter(prefix: string): readonly string[];
  /** Names of tensors `expected.*` whose numbers nobody has asked for. */
  unread(): readonly string[];
}

/** An edge's operations in the space's order: the slot of each, or -1 for what has none. */
export type EdgeSlots = readonly number[];

/** Whether a fixture is of a training task: metrics, or a task that this build does not know, are not. */
export function isTrainingFixture({ case: json }: FixtureFile): boolean {
  return isRecord(json) && typeof json.task === 'string' && Object.hasOwn(tasks, json.task);
}

/**
 * Reads a fixture of a training task.
 * @throws TenasError FIXTURE_INVALID naming file and field; those of the space for what does not fit it
 */
export function trainingFixture(opened: FixtureFile): TrainingFixture {
  const { path, tensors, case: json } = opened;
  const described = parseCase(path, json, caseSchema);
  const images = tensors.get(described.task === 'gradient' ? 'input' : 'images');
  if (images === undefined) throw invalid(path, 'has no images', 'images');
  const { graph, coefficients: active } = fixtureNetwork(described, images.shape);
  const known = new Set(graph.params.map(({ name }) => name));
  const own = new Map([...tensors].filter(([name]) => known.has(name)));
  const { data } = packWeights(graph, own, { allowMissing: true });
  const read = new Set<string>();
  const numbers = (name: string): Float64Array => {
    read.add(name);
    const tensor = tensors.get(name);
    if (tensor === undefined) throw invalid(path, `has no tensor ${name}`, name);
    return Float64Array.from(tensor.data, Number);
  };
  const edges = described.kind === 'supernet' ? edgesOf(described.space, graph.slots) : new Map();
  const given = [...edges.keys()].every((type) => tensors.has(`coefficients.${type}`));
  const coefficients =
    edges.size > 0 && given
      ? slotValues(path, edges, graph.slots.length, (type) => numbers(`coefficients.${type}`))
      : active;
  return {
    file: path,
    case: described,
    network: { graph, coefficients },
    parameters: data,
    edges,
    numbers,
    namesAfter: (prefix) =>
      [...tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    unread: () => [...tensors.keys()].filter((name) => name.startsWith('expected.') && !read.has(name)),
  };
}

/** The supernet's decisions `TYPE/EDGE` by type of cell, with the slots of their choices. */
function edgesOf(space: string, slots: readonly string[]): Map<string, EdgeSlots[]> {
  const { decisions } = requireSupernet(getSpace(space), 'a fixture of kind supernet');
  const edges = new Map<string, EdgeSlots[]>();
  for (const { name, choices } of decisions) {
    const type = name.slice(0, name.indexOf('/'));
    const of = edges.get(type) ?? [];
    of.push(choices.map((choice) => slots.indexOf(`${name}/${choice}`)));
    edges.set(type, of);
  }
  return edges;
}

/**
 * Values per slot from tables [edges, operations] by type of cell.
 * @throws TenasError FIXTURE_INVALID where a table has another size
 */
export function slotValues(
  file: string,
  edges: TrainingFixture['edges'],
  slots: number,
  table: (type: string) => ArrayLike<number>,
): Float64Array {
  const values = new Float64Array(slots);
  for (const [type, rows] of edges) {
    const given = table(type);
    const flat = rows.flat();
    if (given.length !== flat.length) {
      throw new TenasError(
        'FIXTURE_INVALID',
        `${file}: a table of ${type} has ${given.length} values; ${rows.length} edges need ${flat.length}`,
        { field: type, value: given.length },
      );
    }
    flat.forEach((slot, place) => {
      if (slot >= 0) values[slot] = given[place]!;
    });
  }
  return values;
}

/** A table [edges, operations] of a type of cell from values per slot; 0 for what has no slot. */
export function slotTable(rows: readonly EdgeSlots[], values: Float64Array): Float64Array {
  return Float64Array.from(rows.flat(), (slot) => (slot < 0 ? 0 : values[slot]!));
}
