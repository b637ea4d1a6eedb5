import type { GraphBuilder, NodeId } from '@tenas/graph';

/**
 * Layers that the spaces share, each added to a graph under the module path of the reference code, so that parameters
 * carry the reference `state_dict` names. Batch norms are affine, convolutions have no bias.
 */

/** ReLU, convolution, batch norm: the reference's `ReLUConvBN`, parameters `<name>.op.1` and `<name>.op.2`. */
export function reluConvBn(
  graph: GraphBuilder,
  input: NodeId,
  options: { name: string; outChannels: number; kernel: number; stride?: number },
): NodeId {
  const { name, outChannels, kernel, stride = 1 } = options;
  const relu = graph.relu(input, `${name}.op.0`);
  const padding = (kernel - 1) / 2;
  const conv = graph.conv2d(relu, { name: `${name}.op.1`, outChannels, kernel, stride, padding });
  return graph.batchNorm(conv, { name: `${name}.op.2` });
}

/** How a depthwise-separable convolution looks at its input. */
export interface SeparableOptions {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

/**
 * ReLU, depthwise convolution, 1x1 convolution, batch norm, as consecutive members of a Sequential module.
 *
 * @param module path of the Sequential, e.g. `cells.0._ops.1.op`
 * @param first the ReLU's number in it: the parameters are `<module>.<first + 1>` to `<module>.<first + 3>`
 */
export function separableConv(
  graph: GraphBuilder,
  input: NodeId,
  module: string,
  first: number,
  options: SeparableOptions,
): NodeId {
  const { channels, kernel, stride, dilation } = options;
  const relu = graph.relu(input, `${module}.${first}`);
  const depthwise = graph.conv2d(relu, {
    name: `${module}.${first + 1}`,
    outChannels: channels,
    kernel,
    stride,
    padding: (dilation * (kernel - 1)) / 2,
    dilation,
    groups: channels,
  });
  const pointwise = graph.conv2d(depthwise, {
    name: `${module}.${first + 2}`,
    outChannels: channels,
    kernel: 1,
  });
  return graph.batchNorm(pointwise, { name: `${module}.${first + 3}` });
}

/**
 * Halves the resolution without pooling (the reference's `FactorizedReduce`): ReLU, then one half of the output
 * channels from a 1x1 convolution at stride 2, the other half from one that starts a pixel down and to the right.
 *
 * @param convNames parameter names of the two convolutions below `<name>.`; the first yields the smaller half
 */
export function factorizedReduce(
  graph: GraphBuilder,
  input: NodeId,
  options: { name: string; outChannels: number; convNames: readonly [string, string] },
): NodeId {
  const { name, outChannels, convNames } = options;
  const [, height, width] = graph.shapeOf(input)!;
  const relu = graph.relu(input, `${name}.relu`);
  const half = Math.floor(outChannels / 2);
  // At stride 2 the row and column of zeros that the reference appends are read only if the size is odd.
  const [bottom, right] = [height % 2, width % 2];
  const shifted = graph.pad2d(relu, { name: `${name}.shift`, top: -1, left: -1, bottom, right });
  const straight = { outChannels: half, kernel: 1, stride: 2 };
  const parts = [
    graph.conv2d(relu, { name: `${name}.${convNames[0]}`, ...straight }),
    graph.conv2d(shifted, { name: `${name}.${convNames[1]}`, ...straight, outChannels: outChannels - half }),
  ];
  return graph.batchNorm(graph.concat(parts, `${name}.concat`), { name: `${name}.bn` });
}

/** 3x3 pooling with padding 1; averages divide by the part of the window inside the image. */
export function pool3x3(
  graph: GraphBuilder,
  input: NodeId,
  options: { name: string; kind: 'avg' | 'max'; stride: number },
): NodeId {
  const { name, kind, stride } = options;
  return kind === 'avg'
    ? graph.avgPool2d(input, { name, kernel: 3, stride, padding: 1, countIncludePad: false })
    : graph.maxPool2d(input, { name, kernel: 3, stride, padding: 1 });
}

/** Batch norm and ReLU before the global average and the linear classifier; names `lastact.0` and `classifier`. */
export function batchNormClassifier(graph: GraphBuilder, input: NodeId, classes: number): NodeId {
  const relu = graph.relu(graph.batchNorm(input, { name: 'lastact.0' }), 'lastact.1');
  return poolClassifier(graph, relu, classes);
}

/** Global average and linear classifier, parameters `classifier`. */
export function poolClassifier(graph: GraphBuilder, input: NodeId, classes: number): NodeId {
  const pooled = graph.globalAvgPool(input, 'global_pooling');
  return graph.linear(pooled, { name: 'classifier', outFeatures: classes });
}

/** 3x3 convolution and batch norm on the image, the first block: parameters `stem.0` and `stem.1`. */
export function convStem(graph: GraphBuilder, input: NodeId, outChannels: number): NodeId {
  const conv = graph.conv2d(input, { name: 'stem.0', outChannels, kernel: 3, padding: 1 });
  return graph.markBlock(graph.batchNorm(conv, { name: 'stem.1' }));
}

/** Keeps nodes in the network, executed and counted, even if nothing reads them: an observed sum of them. */
export function keepAlive(graph: GraphBuilder, inputs: readonly NodeId[], name: string): void {
  graph.mix(
    inputs.map((input) => ({ input })),
    { name, observed: true },
  );
}
