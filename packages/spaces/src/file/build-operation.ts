import type { GraphBuilder, NodeId } from '@tenas/graph';
import { convNorm, type MobileActivation, squeezeAndExcite } from '../mobile-blocks.js';
import type { FixedOperation, OperationFields } from './operations.js';

/** Where an operation stands. */
export interface Place {
  /** Module path, e.g. `stage1.0`. */
  readonly name: string;
  /** Channels of the output. */
  readonly channels: number;
  readonly stride: number;
}

/**
 * Adds an operation.
 * @returns what its output is the sum of: channels as the place has them, the input's size divided by the stride and
 * rounded up. A supernet adds the terms of all alternatives up, and switches them together.
 */
export function addOperation(
  graph: GraphBuilder,
  input: NodeId,
  { op, fields }: FixedOperation,
  place: Place,
): readonly NodeId[] {
  switch (op) {
    case 'conv':
      return [convolution(graph, input, fields, place)];
    case 'separable':
      return [separable(graph, input, fields, place)];
    case 'mbconv':
      return inverted(graph, input, fields, place, true);
    case 'fused_mbconv':
      return inverted(graph, input, fields, place, false);
    case 'residual':
      return residual(graph, input, fields, place);
    case 'bottleneck':
      return bottleneck(graph, input, fields, place);
    case 'max_pool':
    case 'avg_pool':
      return [pooling(graph, input, op, fields, place)];
    case 'identity':
      return [project(graph, input, place)];
  }
}

/** The input itself, or a 1x1 convolution with batch norm where channels or size change. */
export function project(graph: GraphBuilder, input: NodeId, { name, channels, stride }: Place): NodeId {
  if (stride === 1 && channels === channelsOf(graph, input)) return input;
  return convNorm(graph, input, { conv: `${name}.conv`, norm: `${name}.bn`, outChannels: channels, stride });
}

/** A block's input, to be added to its output; projected where it does not fit. */
export function shortcut(graph: GraphBuilder, input: NodeId, place: Place): NodeId {
  return project(graph, input, { ...place, name: `${place.name}.shortcut` });
}

/** One node of what an output is the sum of. */
export function sumOf(graph: GraphBuilder, terms: readonly NodeId[], name: string): NodeId {
  if (terms.length === 1) return terms[0]!;
  return graph.mix(
    terms.map((input) => ({ input })),
    { name: `${name}.sum`, observed: true },
  );
}

function channelsOf(graph: GraphBuilder, node: NodeId): number {
  return graph.shapeOf(node)![0];
}

function activate(
  graph: GraphBuilder,
  input: NodeId,
  activation: MobileActivation | null,
  name: string,
): NodeId {
  if (activation === null) return input;
  return activation === 'relu' ? graph.relu(input, name) : graph.activation(input, activation, name);
}

function convolution(graph: GraphBuilder, input: NodeId, fields: OperationFields, place: Place): NodeId {
  const { kernel, dilation, groups, activation, order } = fields;
  const { name, channels, stride } = place;
  const first = order === 'activation_first';
  const source = first ? activate(graph, input, activation, `${name}.activation`) : input;
  const conv = graph.conv2d(source, {
    name: `${name}.conv`,
    outChannels: channels,
    kernel,
    stride,
    padding: (dilation * (kernel - 1)) / 2,
    dilation,
    groups,
  });
  const normal = graph.batchNorm(conv, { name: `${name}.bn` });
  return first ? normal : activate(graph, normal, activation, `${name}.activation`);
}

function separable(graph: GraphBuilder, input: NodeId, fields: OperationFields, place: Place): NodeId {
  const { name, channels, stride } = place;
  const depthwise = convolution(
    graph,
    input,
    { ...fields, groups: channelsOf(graph, input) },
    { name: `${name}.depthwise`, channels: channelsOf(graph, input), stride },
  );
  const excited = excite(graph, depthwise, channelsOf(graph, input), fields, name);
  return convNorm(graph, excited, {
    conv: `${name}.pointwise.conv`,
    norm: `${name}.pointwise.bn`,
    outChannels: channels,
    activation: fields.activation ?? undefined,
  });
}

/** Squeeze-and-excitation, if there is one. @param from channels that the ratio is of */
function excite(
  graph: GraphBuilder,
  input: NodeId,
  from: number,
  fields: OperationFields,
  name: string,
): NodeId {
  const { se, activation } = fields;
  if (se === 0) return input;
  return squeezeAndExcite(graph, input, {
    name: `${name}.se`,
    squeezed: Math.max(1, Math.floor(from * se)),
    hidden: activation ?? 'relu',
    factor: activation === 'hardSwish' ? 'hardSigmoid' : 'sigmoid',
  });
}

/** A block of MobileNetV2, or of EfficientNetV2 where one full convolution widens. @param depthwise which of both */
function inverted(
  graph: GraphBuilder,
  input: NodeId,
  fields: OperationFields,
  place: Place,
  depthwise: boolean,
): readonly NodeId[] {
  const { kernel, expansion, skip } = fields;
  const { name, channels, stride } = place;
  const own = channelsOf(graph, input);
  const wide = own * expansion;
  const activation = fields.activation ?? undefined;
  const layer = (module: string) => ({ conv: `${name}.${module}.conv`, norm: `${name}.${module}.bn` });
  let last = input;
  if (depthwise) {
    if (expansion !== 1) last = convNorm(graph, last, { ...layer('expand'), outChannels: wide, activation });
    last = convNorm(graph, last, {
      ...layer('depthwise'),
      ...{ outChannels: wide, kernel, stride, groups: wide, activation },
    });
  } else {
    last = convNorm(graph, last, { ...layer('expand'), outChannels: wide, kernel, stride, activation });
  }
  last = excite(graph, last, own, fields, name);
  last = convNorm(graph, last, { ...layer('project'), outChannels: channels });
  return skip && stride === 1 && own === channels ? [last, input] : [last];
}

function residual(
  graph: GraphBuilder,
  input: NodeId,
  fields: OperationFields,
  place: Place,
): readonly NodeId[] {
  const { kernel, groups, activation, skip } = fields;
  const { name, channels, stride } = place;
  const layer = (number: number) => ({ conv: `${name}.conv${number}`, norm: `${name}.bn${number}` });
  const common = { outChannels: channels, kernel, groups };
  const first = convNorm(graph, input, {
    ...layer(1),
    ...common,
    stride,
    activation: activation ?? undefined,
  });
  const second = convNorm(graph, first, { ...layer(2), ...common });
  const excited = excite(graph, second, channels, fields, name);
  return activateSum(graph, skip ? [excited, shortcut(graph, input, place)] : [excited], fields, name);
}

/** The activation of a sum; without one, the terms as they are. */
function activateSum(
  graph: GraphBuilder,
  terms: readonly NodeId[],
  { activation }: OperationFields,
  name: string,
): readonly NodeId[] {
  if (activation === null) return terms;
  return [activate(graph, sumOf(graph, terms, name), activation, `${name}.activation`)];
}

function bottleneck(
  graph: GraphBuilder,
  input: NodeId,
  fields: OperationFields,
  place: Place,
): readonly NodeId[] {
  const { kernel, groups, ratio, skip } = fields;
  const { name, channels, stride } = place;
  const activation = fields.activation ?? undefined;
  const inside = groups * Math.max(1, Math.round((channels * ratio) / groups));
  const layer = (number: number) => ({ conv: `${name}.conv${number}`, norm: `${name}.bn${number}` });
  let last = convNorm(graph, input, { ...layer(1), outChannels: inside, activation });
  last = convNorm(graph, last, {
    ...layer(2),
    ...{ outChannels: inside, kernel, stride, groups, activation },
  });
  last = convNorm(graph, last, { ...layer(3), outChannels: channels });
  last = excite(graph, last, channels, fields, name);
  return activateSum(graph, skip ? [last, shortcut(graph, input, place)] : [last], fields, name);
}

function pooling(
  graph: GraphBuilder,
  input: NodeId,
  op: 'max_pool' | 'avg_pool',
  { kernel }: OperationFields,
  { name, channels, stride }: Place,
): NodeId {
  const window = { name: `${name}.pool`, kernel, stride, padding: (kernel - 1) / 2 };
  const pooled =
    op === 'max_pool'
      ? graph.maxPool2d(input, window)
      : graph.avgPool2d(input, { ...window, countIncludePad: false });
  return project(graph, pooled, { name, channels, stride: 1 });
}
