import { inferShape, refuse, refuseParam } from './infer-shape.js';
import type {
  ActivationFunction,
  Graph,
  Node,
  NodeId,
  Operation,
  Pair,
  Param,
  ParamId,
  ParamKind,
  Shape,
} from './types.js';
import { validateGraph } from './validate.js';

type Size = number | Pair;
const pair = (size: Size): Pair => (typeof size === 'number' ? [size, size] : size);

export interface Conv2dOptions {
  /** Module path; parameters are `<name>.weight` and, with `bias`, `<name>.bias`. */
  readonly name: string;
  readonly outChannels: number;
  /** Square, or [height, width]. */
  readonly kernel: Size;
  /** Default 1. */
  readonly stride?: Size;
  /** Zeros on either side. Default 0. */
  readonly padding?: Size;
  /** Default 1. */
  readonly dilation?: Size;
  /** Default 1; as many as input channels makes it depthwise. */
  readonly groups?: number;
  /** Default false. */
  readonly bias?: boolean;
}

export interface PoolOptions {
  readonly name?: string;
  readonly kernel: Size;
  /** Default: the kernel. */
  readonly stride?: Size;
  /** Default 0; at most half the kernel. */
  readonly padding?: Size;
}

/** A term of a mix: `slot` comes from `GraphBuilder.slot`; without it the coefficient is the constant 1. */
export interface MixTerm {
  readonly input: NodeId;
  readonly slot?: number;
}

/** Options of a mix beside its terms. */
export interface MixOptions {
  readonly name?: string | undefined;
  readonly shape?: Shape | undefined;
  readonly observed?: boolean | undefined;
}

/**
 * Builds a graph node by node, inferring and checking shapes. Every method returns the new node's id and throws TenasError
 * GRAPH_INVALID, naming node and field, for anything that cannot be.
 */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #params: Param[] = [];
  readonly #slots: string[] = [];
  readonly #observed: NodeId[] = [];
  readonly #blocks: NodeId[] = [];
  readonly #slotIndex = new Map<string, number>();
  readonly #paramNames = new Set<string>();
  #input: NodeId | undefined;

  /** The network's only input: images of shape [channels, height, width]. */
  input(shape: Shape, name = 'input'): NodeId {
    if (this.#input !== undefined) refuse(name, 'op', 'input', 'the only input of the graph');
    this.#input = this.#add(name, { op: 'input' }, { declared: shape });
    return this.#input;
  }

  /** 2-D convolution (cross-correlation, zero padding): output size floor((in + 2p - d (k - 1) - 1) / s) + 1. */
  conv2d(input: NodeId, options: Conv2dOptions): NodeId {
    const { name, outChannels } = options;
    const kernel = pair(options.kernel);
    const groups = options.groups ?? 1;
    const channels = this.shapeOf(input)?.[0] ?? refuse(name, 'input', input, 'the id of an earlier node');
    const operation = {
      op: 'conv2d' as const,
      input,
      kernel,
      stride: pair(options.stride ?? 1),
      padding: pair(options.padding ?? 0),
      dilation: pair(options.dilation ?? 1),
      groups,
    };
    // Shape errors come first: a parameter is only made for a convolution that can be.
    const trial = { ...operation, weight: -1, bias: null };
    inferShape(name, trial, this.#context(outChannels));
    const weight = this.#param(`${name}.weight`, 'convWeight', [outChannels, channels / groups, ...kernel]);
    const bias = options.bias ? this.#param(`${name}.bias`, 'convBias', [outChannels]) : null;
    return this.#add(name, { ...operation, weight, bias }, { outputs: outChannels });
  }

  /** Batch norm over batch, height and width. `affine` (default true) adds `.weight` and `.bias`; `eps` defaults to 1e-5. */
  batchNorm(
    input: NodeId,
    options: { readonly name: string; readonly affine?: boolean; readonly eps?: number },
  ): NodeId {
    const { name } = options;
    const channels = this.shapeOf(input)?.[0] ?? refuse(name, 'input', input, 'the id of an earlier node');
    const affine = options.affine ?? true;
    return this.#add(name, {
      op: 'batchNorm',
      input,
      weight: affine ? this.#param(`${name}.weight`, 'bnWeight', [channels]) : null,
      bias: affine ? this.#param(`${name}.bias`, 'bnBias', [channels]) : null,
      runningMean: this.#param(`${name}.running_mean`, 'bnRunningMean', [channels]),
      runningVar: this.#param(`${name}.running_var`, 'bnRunningVar', [channels]),
      eps: options.eps ?? 1e-5,
    });
  }

  /** max(0, x); the derivative at 0 is 0. */
  relu(input: NodeId, name?: string): NodeId {
    return this.#add(name ?? this.#fresh('relu'), { op: 'relu', input });
  }

  /**
   * A function of each element: relu6 min(max(0, x), 6); sigmoid 1 / (1 + exp(-x)); swish x sigmoid(x), also called SiLU;
   * hardSigmoid relu6(x + 3) / 6; hardSwish x hardSigmoid(x). Where relu6 and hardSigmoid bend the derivative is 0.
   */
  activation(input: NodeId, func: ActivationFunction, name?: string): NodeId {
    return this.#add(name ?? this.#fresh(func), { op: 'activation', input, function: func });
  }

  /** Average pooling; `countIncludePad` (default true) divides by the whole window even at the border. */
  avgPool2d(input: NodeId, options: PoolOptions & { readonly countIncludePad?: boolean }): NodeId {
    return this.#add(options.name ?? this.#fresh('avgPool2d'), {
      op: 'avgPool2d',
      input,
      ...poolWindow(options),
      countIncludePad: options.countIncludePad ?? true,
    });
  }

  /** Maximum pooling; padding never wins. */
  maxPool2d(input: NodeId, options: PoolOptions): NodeId {
    return this.#add(options.name ?? this.#fresh('maxPool2d'), {
      op: 'maxPool2d',
      input,
      ...poolWindow(options),
    });
  }

  /** Zero padding by the given pixels on each side; negative values crop. */
  pad2d(
    input: NodeId,
    {
      name,
      ...sides
    }: {
      readonly top: number;
      readonly bottom: number;
      readonly left: number;
      readonly right: number;
      readonly name?: string;
    },
  ): NodeId {
    return this.#add(name ?? this.#fresh('pad2d'), { op: 'pad2d', input, ...sides });
  }

  /** Index of the mixing coefficient of that name; the same name always gives the same slot. */
  slot(name: string): number {
    let index = this.#slotIndex.get(name);
    if (index === undefined) {
      index = this.#slots.push(name) - 1;
      this.#slotIndex.set(name, index);
    }
    return index;
  }

  /**
   * Weighted sum of tensors of one shape; `shape` is needed when there are no terms.
   *
   * @param options.observed whether it runs even if the output does not need it; default: whether a term has a slot, for
   * the sums of a supernet run whatever is switched off after them
   */
  mix(terms: readonly MixTerm[], options: MixOptions = {}): NodeId {
    const operation: Operation = {
      op: 'mix',
      inputs: terms.map((term) => term.input),
      slots: terms.map((term) => term.slot ?? -1),
    };
    const id = this.#add(options.name ?? this.#fresh('mix'), operation, { declared: options.shape });
    if (options.observed ?? terms.some(({ slot }) => slot !== undefined)) this.#observed.push(id);
    return id;
  }

  /** Concatenation over channels of tensors of one height and width; at least one. */
  concat(inputs: readonly NodeId[], name?: string): NodeId {
    return this.#add(name ?? this.#fresh('concat'), { op: 'concat', inputs });
  }

  /** Mean over height and width: [C, H, W] to [C, 1, 1]. */
  globalAvgPool(input: NodeId, name?: string): NodeId {
    return this.#add(name ?? this.#fresh('globalAvgPool'), { op: 'globalAvgPool', input });
  }

  /** Each channel of `input`, [C, H, W], times its value in `factor`, [C, 1, 1]. */
  scale(input: NodeId, factor: NodeId, name?: string): NodeId {
    return this.#add(name ?? this.#fresh('scale'), { op: 'scale', input, factor });
  }

  /** The channels of `input` that `channels` lists, in this order; each at most once. */
  selectChannels(input: NodeId, channels: readonly number[], name?: string): NodeId {
    return this.#add(name ?? this.#fresh('selectChannels'), {
      op: 'selectChannels',
      input,
      channels: [...channels],
    });
  }

  /** Fully connected layer on [features, 1, 1]; `bias` defaults to true. */
  linear(
    input: NodeId,
    options: { readonly name: string; readonly outFeatures: number; readonly bias?: boolean },
  ): NodeId {
    const { name, outFeatures } = options;
    const features = this.shapeOf(input)?.[0] ?? refuse(name, 'input', input, 'the id of an earlier node');
    inferShape(name, { op: 'linear', input, weight: -1, bias: null }, this.#context(outFeatures));
    const weight = this.#param(`${name}.weight`, 'linearWeight', [outFeatures, features]);
    const bias = (options.bias ?? true) ? this.#param(`${name}.bias`, 'linearBias', [outFeatures]) : null;
    return this.#add(name, { op: 'linear', input, weight, bias }, { outputs: outFeatures });
  }

  /**
   * Says that the stem, a cell, a block or a layer of blocks ends at a node. Marking the last one again, as a layer that
   * only passes its input on would, does nothing.
   *
   * @returns the node
   */
  markBlock(node: NodeId): NodeId {
    if (this.#blocks.at(-1) !== node) this.#blocks.push(node);
    return node;
  }

  /** Shape of a node built so far, or undefined. */
  shapeOf(id: NodeId): Shape | undefined {
    return this.#nodes[id]?.shape;
  }

  /** The finished graph with `output` as its result. Throws TenasError GRAPH_INVALID. */
  build(output: NodeId): Graph {
    const graph: Graph = {
      nodes: [...this.#nodes],
      params: [...this.#params],
      input: this.#input ?? refuse('graph', 'input', undefined, 'built with input()'),
      output,
      observed: [...this.#observed],
      ...(this.#blocks.length === 0 ? {} : { blocks: [...this.#blocks] }),
      slots: [...this.#slots],
    };
    validateGraph(graph);
    return graph;
  }

  #fresh(op: string): string {
    return `${op}_${this.#nodes.length}`;
  }

  #context(outputs = 0, declared?: Shape) {
    return { shapeOf: (id: NodeId) => this.shapeOf(id), outputs, declared, slots: this.#slots.length };
  }

  #param(name: string, kind: ParamKind, shape: readonly number[]): ParamId {
    if (this.#paramNames.has(name)) refuseParam(name, 'name', name, 'unique');
    this.#paramNames.add(name);
    return this.#params.push({ id: this.#params.length, name, kind, shape }) - 1;
  }

  #add(
    name: string,
    operation: Operation,
    known: { outputs?: number; declared?: Shape | undefined } = {},
  ): NodeId {
    const shape = inferShape(name, operation, this.#context(known.outputs, known.declared));
    const id = this.#nodes.length;
    this.#nodes.push({ id, name, shape: [...shape], ...operation });
    return id;
  }
}

function poolWindow(options: PoolOptions) {
  const kernel = pair(options.kernel);
  return { kernel, stride: pair(options.stride ?? kernel), padding: pair(options.padding ?? 0) };
}
