import { GraphBuilder, type NodeId, type Operation, type Shape, sizeOf } from '@tenas/graph';
import type { NodeProto } from 'onnx-buf';
import { type OnnxNode, shownName } from './onnx-node.js';
import { isInteger, type StoredTensor, valuesOf } from './stored-tensor.js';
import type { NetworkValue, NumbersValue, Value } from './value.js';

/** Most values of all nodes of a network together, for one image: the engine takes no more. */
const LARGEST_TOTAL = 2 ** 31;
const MOST_NODES = 100_000;
/** Most channels that selections list, all together. */
const MOST_SELECTED = 1 << 22;

/** A parameter of the network: where its values are, and its name. */
export interface ParameterSource {
  readonly name: string;
  readonly tensor: StoredTensor;
  /** Whether the matrix is stored as [in, out]. */
  readonly transposed: boolean;
}

/** Parts of a layer that are parameters, as PyTorch names them. */
export type ParameterRole = 'weight' | 'bias' | 'running_mean' | 'running_var';

/** Side lengths of a padding; negative ones crop. */
export interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** What an operator needs to know of a node that it reads. */
export interface MadeNode {
  readonly op: Operation['op'];
  readonly input?: NodeId | undefined;
  /** Of an activation: which one. */
  readonly function?: string | undefined;
  /** Of a padding. */
  readonly sides?: Sides | undefined;
  /** Whether no value can be below 0. */
  readonly nonNegative: boolean;
}

/** The network while it is read: values by their names, and the graph that is built of them. */
export class NetworkReading {
  readonly builder = new GraphBuilder();
  /** Sources of the parameters, by the names that the builder gave them. */
  readonly sources = new Map<string, ParameterSource>();
  /** Nodes of the model that an operator before them took in. */
  readonly taken = new Set<NodeProto>();
  /** Names that nodes of the graph get in place of the builder's. */
  readonly renamed = new Map<NodeId, string>();
  /** Nodes that change the order of channels, with the names that the model gives them. */
  readonly turned = new Map<NodeId, string>();
  readonly #values = new Map<string, Value>();
  readonly #made = new Map<NodeId, MadeNode>();
  readonly #nodeNames = new Set<string>();
  readonly #parameterNames = new Set<string>();
  readonly #matrices = new Set<string>();
  #total = 0;
  #selected = 0;

  /**
   * @param readers the nodes that read each value
   * @param fixedBatch the batch size of a model that was exported for one
   */
  constructor(
    private readonly readers: ReadonlyMap<string, readonly NodeProto[]>,
    readonly fixedBatch: number | undefined,
  ) {}

  /** The only node that reads a value, if there is one. */
  soleReader(name: string): NodeProto | undefined {
    const readers = this.readers.get(name);
    return readers?.length === 1 ? readers[0] : undefined;
  }

  valueNamed(name: string): Value | undefined {
    return this.#values.get(name);
  }

  define(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** The images. @throws TenasError GRAPH_INVALID */
  defineInput(name: string, shape: Shape): void {
    const id = this.builder.input(shape, unused(name, this.#nodeNames));
    this.#made.set(id, { op: 'input', nonNegative: false });
    this.#total += sizeOf(shape);
    this.define(name, { kind: 'network', node: id, dims: shape });
  }

  /** Defines an output of a node, which nobody may read. */
  put(node: OnnxNode, value: Value, output = 0): void {
    const name = node.outputs[output];
    if (name !== undefined && name !== '') this.#values.set(name, value);
  }

  /** An input; undefined where it is left out. */
  value(node: OnnxNode, input: number): Value | undefined {
    const name = node.inputs[input];
    if (name === undefined || name === '') return undefined;
    return (
      this.#values.get(name) ?? node.invalid(`reads '${shownName(name)}', which nothing before it makes`)
    );
  }

  /** An input that the network computes. */
  network(node: OnnxNode, input = 0): NetworkValue {
    const value = this.value(node, input) ?? node.invalid(`has no input ${input}`);
    if (value.kind === 'network') return value;
    return node.refuse(`input ${input}`, 'a constant', 'a value that the network computes of its images');
  }

  /** An input [N, C, H, W]. */
  map(node: OnnxNode, input = 0): NodeId {
    const value = this.network(node, input);
    if (value.dims.length === 3 && value.dims.join() === this.shapeOf(value.node).join()) return value.node;
    return node.refuse(
      `input ${input}`,
      ['N', ...value.dims],
      'a feature map [N, C, H, W] as layers make it',
    );
  }

  /** An input [N, F] or [N, F, 1, 1]. */
  flat(node: OnnxNode, input = 0): NetworkValue {
    const value = this.network(node, input);
    const [features, ...others] = value.dims;
    if (features === undefined || others.some((dim) => dim !== 1))
      node.refuse(`input ${input}`, ['N', ...value.dims], 'a matrix [N, features]');
    return value;
  }

  /** An input that is stored in the model. */
  tensor(node: OnnxNode, input: number): StoredTensor {
    const value = this.value(node, input) ?? node.invalid(`has no input ${input}`);
    if (value.kind === 'tensor') return value.tensor;
    return node.refuse(`input ${input}`, `a ${value.kind} value`, 'an initializer');
  }

  /** An input that is known without running the network; undefined where it is left out. @param most values */
  numbers(node: OnnxNode, input: number, most = 1024): NumbersValue | undefined {
    const value = this.value(node, input);
    if (value === undefined || value.kind === 'numbers') return value;
    if (value.kind === 'network' || value.kind === 'zeros')
      node.refuse(`input ${input}`, 'computed by the network', 'a constant');
    return (
      numbersOf(value.tensor, most) ??
      node.refuse(`input ${input}`, value.tensor.dims, `a constant of at most ${most} values in the model`)
    );
  }

  shapeOf(id: NodeId): Shape {
    return this.builder.shapeOf(id)!;
  }

  made(id: NodeId): MadeNode {
    return this.#made.get(id)!;
  }

  /** Builds a node of the graph. @param build takes a name that no other node has */
  add(node: OnnxNode, made: MadeNode, build: (name: string) => NodeId, suffix = ''): NodeId {
    if (this.#made.size >= MOST_NODES)
      node.refuse('the number of nodes', this.#made.size, `at most ${MOST_NODES}`);
    const id = build(unused(`${node.name}${suffix}`, this.#nodeNames));
    this.#made.set(id, made);
    this.#total += sizeOf(this.shapeOf(id));
    if (this.#total > LARGEST_TOTAL)
      node.refuse('the size of all values up to here', this.#total, `at most ${LARGEST_TOTAL} for an image`);
    return id;
  }

  /**
   * Names the parameters of a layer: as in the model where these say what they are, `PATH.weight` and so on, else after
   * the layer. The engine draws weights by their names, and PyTorch code needs them.
   *
   * @param layer the name that the builder gave its node
   * @param options.transposed whether the weights are stored as [in, out]
   */
  parameters(
    layer: string,
    node: OnnxNode,
    tensors: Readonly<Partial<Record<ParameterRole, StoredTensor>>>,
    { transposed = false }: { readonly transposed?: boolean } = {},
  ): void {
    const all = Object.entries(tensors);
    const { weight } = tensors;
    if (weight !== undefined && weight.dims.length > 1) {
      if (this.#matrices.has(weight.name))
        node.refuse('the weights', shownName(weight.name), 'weights that no other layer shares');
      this.#matrices.add(weight.name);
    }
    const path = modulePath(node.name);
    const own = new Set(
      all.map(([role, { name }]) => (name.endsWith(`.${role}`) ? name.slice(0, -role.length - 1) : '')),
    );
    const [first = ''] = own;
    let prefix = own.size === 1 && first !== '' ? first : path;
    const taken = () => all.some(([role]) => this.#parameterNames.has(`${prefix}.${role}`));
    for (let suffix = 1; taken(); suffix++) prefix = suffix === 1 ? path : `${path}_${suffix}`;
    for (const [role, tensor] of all) {
      const name = `${prefix}.${role}`;
      this.#parameterNames.add(name);
      const source = { name, tensor, transposed: transposed && role === 'weight' };
      this.sources.set(`${layer}.${role}`, source);
    }
  }

  /** Zeros around a map, or fewer pixels; paddings and crops of one another become one. */
  pad(node: OnnxNode, input: NodeId, sides: Sides, suffix = ''): NodeId {
    const before = this.made(input);
    const crops = Object.values(sides).every((side) => side <= 0);
    if (before.op === 'pad2d' && crops) {
      return this.pad(node, before.input!, sum(before.sides!, sides), suffix);
    }
    if (Object.values(sides).every((side) => side === 0)) return input;
    const { nonNegative } = before;
    const made = { op: 'pad2d', input, sides, nonNegative } as const;
    return this.add(node, made, (name) => this.builder.pad2d(input, { ...sides, name }), suffix);
  }

  /** Some channels of a map, in their order. */
  select(node: OnnxNode, input: NodeId, channels: readonly number[]): NodeId {
    const [available] = this.shapeOf(input);
    if (channels.length === available && channels.every((channel, place) => channel === place)) return input;
    if (new Set(channels).size !== channels.length)
      node.refuse('the channels', channels, 'each at most once');
    this.#selected += channels.length;
    if (this.#selected > MOST_SELECTED)
      node.refuse('the number of selected channels', this.#selected, `at most ${MOST_SELECTED}`);
    const { nonNegative } = this.made(input);
    return this.add(node, { op: 'selectChannels', input, nonNegative }, (name) =>
      this.builder.selectChannels(input, channels, name),
    );
  }
}

function sum(a: Sides, b: Sides): Sides {
  return { top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right };
}

/** The values of a small tensor; undefined for a large one, and for one that lies in another file. */
function numbersOf(tensor: StoredTensor, most: number): NumbersValue | undefined {
  const { dims, proto } = tensor;
  if (sizeOf(dims) > most || proto.externalData.length > 0) return undefined;
  return { kind: 'numbers', dims, values: Array.from(valuesOf(tensor)), integer: isInteger(tensor) };
}

/** A name that is not taken yet, and now is. */
function unused(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let suffix = 2; names.has(name); suffix++) name = `${wanted}_${suffix}`;
  names.add(name);
  return name;
}

/**
 * The path of a module by the name that PyTorch gives its node: `/layer1/layer1.0/conv1/Conv` is of `layer1.0.conv1`.
 * Other names stay as they are.
 */
function modulePath(name: string): string {
  if (!name.startsWith('/')) return name;
  const scopes = name.slice(1).split('/').slice(0, -1);
  const inner = scopes.filter((scope, place) => !scopes[place + 1]?.startsWith(`${scope}.`));
  return inner.join('.') || name.slice(1);
}
