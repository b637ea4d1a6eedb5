import type { ActivationFunction, GraphBuilder, NodeId } from '@tenas/graph';

/** ReLU, or another function. */
export type MobileActivation = 'relu' | ActivationFunction;

/** A convolution with batch norm, under the names of its two modules, and what follows. */
export interface ConvNormOptions {
  readonly conv: string;
  readonly norm: string;
  readonly outChannels: number;
  /** Default 1. */
  readonly kernel?: number | undefined;
  /** Default 1. */
  readonly stride?: number | undefined;
  /** Default 1. */
  readonly groups?: number | undefined;
  /** Default: none. */
  readonly activation?: MobileActivation | undefined;
  /** Epsilon of the batch norm (default 1e-5). */
  readonly eps?: number | undefined;
}

/** Convolution that keeps the size (at stride 1), batch norm, activation: the layers of MobileNets. */
export function convNorm(graph: GraphBuilder, input: NodeId, options: ConvNormOptions): NodeId {
  const { conv, norm, outChannels, kernel = 1, stride = 1, groups = 1, activation, eps = 1e-5 } = options;
  const padding = (kernel - 1) / 2;
  const convolved = graph.conv2d(input, { name: conv, outChannels, kernel, stride, padding, groups });
  const normal = graph.batchNorm(convolved, { name: norm, eps });
  if (activation === undefined) return normal;
  return activate(graph, normal, activation, `${norm}.${activation}`);
}

/** ReLU or another function of each element. */
function activate(graph: GraphBuilder, input: NodeId, activation: MobileActivation, name: string): NodeId {
  return activation === 'relu' ? graph.relu(input, name) : graph.activation(input, activation, name);
}

/** A block of MobileNetV2: widen, convolve each channel by itself, narrow; with its input added where that fits. */
export interface InvertedResidualOptions {
  /** Of the block, for its sum. */
  readonly name: string;
  readonly outChannels: number;
  /** Channels inside, as a multiple of those of the input; 1: no widening. */
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation: MobileActivation;
  /** Epsilon of the batch norms (default 1e-5). */
  readonly eps?: number | undefined;
  /** Names of the convolution and batch norm of each layer, in order: the first of three is only there with widening. */
  readonly layer: (index: number) => { readonly conv: string; readonly norm: string };
  /** Squeeze-and-excitation, if there is one: the layer of that index, before the narrowing. */
  readonly excite?: ((widened: NodeId, index: number) => NodeId) | undefined;
  /** How the input is added, where it fits; default: by a mix. */
  readonly join?: JoinInput | undefined;
}

/** Adds the input of a block to its branch. @returns the block's output, or the branch where something else adds */
export type JoinInput = (branch: NodeId, input: NodeId) => NodeId;

/** An inverted residual block (Sandler et al., CVPR 2018, arXiv 1801.04381). */
export function invertedResidual(
  graph: GraphBuilder,
  input: NodeId,
  options: InvertedResidualOptions,
): NodeId {
  const { name, outChannels, expansion, kernel, stride, activation, eps, layer, excite, join } = options;
  const channels = graph.shapeOf(input)![0];
  const wide = channels * expansion;
  let last = input;
  let index = 0;
  if (expansion !== 1)
    last = convNorm(graph, last, { ...layer(index++), outChannels: wide, activation, eps });
  const depthwise = { outChannels: wide, kernel, stride, groups: wide, activation, eps };
  last = convNorm(graph, last, { ...layer(index++), ...depthwise });
  if (excite !== undefined) last = excite(last, index++);
  last = convNorm(graph, last, { ...layer(index), outChannels, eps });
  if (stride !== 1 || channels !== outChannels) return last;
  return join?.(last, input) ?? graph.mix([{ input: last }, { input }], { name: `${name}.sum` });
}

/** Squeeze-and-excitation. */
export interface ExcitationOptions {
  /** Module path; the convolutions are `<name>.fc1` and `<name>.fc2`. */
  readonly name: string;
  /** Channels between the two. */
  readonly squeezed: number;
  readonly hidden: MobileActivation;
  /** Makes the factors; a function to between 0 and 1. */
  readonly factor: ActivationFunction;
}

/** Each channel times a factor that the means of all channels decide (Hu et al., CVPR 2018, arXiv 1709.01507). */
export function squeezeAndExcite(graph: GraphBuilder, input: NodeId, options: ExcitationOptions): NodeId {
  const { name, squeezed, hidden, factor } = options;
  const [channels] = graph.shapeOf(input)!;
  const conv = (from: NodeId, last: string, outChannels: number) =>
    graph.conv2d(from, { name: `${name}.${last}`, outChannels, kernel: 1, bias: true });
  const mean = graph.globalAvgPool(input, `${name}.avgpool`);
  const between = activate(graph, conv(mean, 'fc1', squeezed), hidden, `${name}.activation`);
  const factors = graph.activation(conv(between, 'fc2', channels), factor, `${name}.scale_activation`);
  return graph.scale(input, factors, name);
}
