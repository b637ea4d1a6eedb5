/** Index of a node in `Graph.nodes`. */
export type NodeId = number;
/** Index of a parameter in `Graph.params`. */
export type ParamId = number;
/** Shape of one sample's tensor. */
export type Shape = readonly [channels: number, height: number, width: number];
/** Height and width. */
export type Pair = readonly [height: number, width: number];

/** Parameter kinds in the order of the engine's encoding; the kind decides the initial distribution. */
export const PARAM_KINDS = [
  'convWeight',
  'linearWeight',
  'linearBias',
  'convBias',
  'bnWeight',
  'bnBias',
  'bnRunningMean',
  'bnRunningVar',
] as const;
export type ParamKind = (typeof PARAM_KINDS)[number];

/** Functions of an `activation` node, in the order of the engine's encoding. */
export const ACTIVATION_FUNCTIONS = ['relu6', 'hardSwish', 'hardSigmoid', 'sigmoid', 'swish'] as const;
export type ActivationFunction = (typeof ACTIVATION_FUNCTIONS)[number];

/**
 * A learnable tensor or running statistic. `name` is the name in the reference module's `state_dict`; a parameter is part
 * of the NTK iff its name contains `weight` (as the reference code selects them).
 */
export interface Param {
  readonly id: ParamId;
  readonly name: string;
  readonly kind: ParamKind;
  readonly shape: readonly number[];
}

/** The operation of a node. All inputs have smaller ids. */
export type Operation =
  | { readonly op: 'input' }
  | {
      readonly op: 'conv2d';
      readonly input: NodeId;
      readonly weight: ParamId;
      readonly bias: ParamId | null;
      readonly kernel: Pair;
      readonly stride: Pair;
      readonly padding: Pair;
      readonly dilation: Pair;
      readonly groups: number;
    }
  /** Batch norm; `weight` and `bias` are null when it is not affine. */
  | {
      readonly op: 'batchNorm';
      readonly input: NodeId;
      readonly weight: ParamId | null;
      readonly bias: ParamId | null;
      readonly runningMean: ParamId;
      readonly runningVar: ParamId;
      readonly eps: number;
    }
  | { readonly op: 'relu'; readonly input: NodeId }
  /** A function of each element other than ReLU. */
  | { readonly op: 'activation'; readonly input: NodeId; readonly function: ActivationFunction }
  | {
      readonly op: 'avgPool2d';
      readonly input: NodeId;
      readonly kernel: Pair;
      readonly stride: Pair;
      readonly padding: Pair;
      /** false: the divisor is the part of the window inside the image. */
      readonly countIncludePad: boolean;
    }
  | {
      readonly op: 'maxPool2d';
      readonly input: NodeId;
      readonly kernel: Pair;
      readonly stride: Pair;
      readonly padding: Pair;
    }
  /** Zero padding; negative values crop. */
  | {
      readonly op: 'pad2d';
      readonly input: NodeId;
      readonly top: number;
      readonly bottom: number;
      readonly left: number;
      readonly right: number;
    }
  /** Sum of coefficient * input; a slot is an index into a candidate's coefficients, -1 the constant 1. No inputs: zeros. */
  | { readonly op: 'mix'; readonly inputs: readonly NodeId[]; readonly slots: readonly number[] }
  | { readonly op: 'concat'; readonly inputs: readonly NodeId[] }
  /** Mean over height and width: [C, 1, 1]. */
  | { readonly op: 'globalAvgPool'; readonly input: NodeId }
  /** Each channel of `input` times the value of `factor`, [C, 1, 1], for it (squeeze-and-excitation). */
  | { readonly op: 'scale'; readonly input: NodeId; readonly factor: NodeId }
  /** Output channel i is input channel `channels[i]`, each at most once: shuffle, split, slice. */
  | { readonly op: 'selectChannels'; readonly input: NodeId; readonly channels: readonly number[] }
  /** [F, 1, 1] to [classes, 1, 1]. */
  | {
      readonly op: 'linear';
      readonly input: NodeId;
      readonly weight: ParamId;
      readonly bias: ParamId | null;
    };

/** A node: an operation with a readable name and the shape of its output. */
export type Node = { readonly id: NodeId; readonly name: string; readonly shape: Shape } & Operation;
export type OpName = Operation['op'];

/** A network, described once for the engine, the ONNX exporter and the cost model. */
export interface Graph {
  /** In topological order; a node's id is its index. */
  readonly nodes: readonly Node[];
  readonly params: readonly Param[];
  readonly input: NodeId;
  readonly output: NodeId;
  /**
   * Mixes that run although the output may not need them, ascending: parts of a network that exist regardless, such
   * as a cell's node that no operation reads. What they need runs too: its ReLUs count as linear regions, its parameters
   * belong to the network.
   */
  readonly observed: readonly NodeId[];
  /**
   * Where the stem and each cell, block or layer of blocks ends, in their order: ids of nodes, ascending. Metrics look at
   * features there. Without any, {@link blockOutputs} finds some.
   */
  readonly blocks?: readonly NodeId[] | undefined;
  /** Names of the mixing coefficients, e.g. `cell/1<-0/nor_conv_3x3`. */
  readonly slots: readonly string[];
}

/** Ids of the nodes that a node reads. */
export function nodeInputs(node: Operation): readonly NodeId[] {
  if (node.op === 'input') return [];
  if (node.op === 'scale') return [node.input, node.factor];
  return 'inputs' in node ? node.inputs : [node.input];
}

/** Ids of a node's parameters, weight first. */
export function nodeParams(node: Operation): readonly ParamId[] {
  switch (node.op) {
    case 'conv2d':
    case 'linear':
      return node.bias === null ? [node.weight] : [node.weight, node.bias];
    case 'batchNorm':
      return [node.weight, node.bias, node.runningMean, node.runningVar].filter((id) => id !== null);
    default:
      return [];
  }
}

/** Number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
