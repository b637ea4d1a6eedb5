import type { GraphBuilder, NodeId } from '@tenas/graph';
import {
  type ConvNormOptions,
  convNorm,
  invertedResidual,
  type JoinInput,
  squeezeAndExcite,
} from '../mobile-blocks.js';
import type { HurricaneOperator } from './operators.js';

/** Where a layer stands. */
export interface HurricaneLayer {
  /** Module path, e.g. `features.3`. */
  readonly name: string;
  readonly outChannels: number;
  readonly stride: number;
  /** How the input of an inverted residual block is added; default: by a mix. */
  readonly join?: JoinInput | undefined;
}

/** The squeeze of squeeze-and-excitation divides the channels by this. */
const SQUEEZE = 4;

/** Adds a layer with one of the operators. */
export function addHurricaneLayer(
  graph: GraphBuilder,
  input: NodeId,
  operator: HurricaneOperator,
  layer: HurricaneLayer,
): NodeId {
  switch (operator.kind) {
    case 'separable':
      return separable(graph, input, operator, layer);
    case 'inverted':
      return invertedResidual(graph, input, {
        ...layer,
        expansion: operator.expansion,
        kernel: operator.kernel,
        activation: 'relu6',
        layer: (index) => ({ conv: `${layer.name}.conv.${index}.0`, norm: `${layer.name}.conv.${index}.1` }),
        excite: operator.excite
          ? (widened, index) => excited(graph, widened, `${layer.name}.conv.${index}`)
          : undefined,
      });
    case 'shuffle':
    case 'xception':
      return shuffleBlock(graph, input, operator, layer);
  }
}

function excited(graph: GraphBuilder, input: NodeId, name: string): NodeId {
  const squeezed = Math.max(1, Math.floor(graph.shapeOf(input)![0] / SQUEEZE));
  return squeezeAndExcite(graph, input, { name, squeezed, hidden: 'relu', factor: 'hardSigmoid' });
}

/** Depthwise and 1x1 convolution, a batch norm and a ReLU each (MobileNet, arXiv 1704.04861). */
function separable(
  graph: GraphBuilder,
  input: NodeId,
  operator: HurricaneOperator & { kind: 'separable' },
  layer: HurricaneLayer,
): NodeId {
  const [channels] = graph.shapeOf(input)!;
  const { name, outChannels, stride } = layer;
  let last = convNorm(graph, input, {
    ...member(`${name}.conv`, 0),
    outChannels: channels,
    kernel: operator.kernel,
    stride,
    groups: channels,
    activation: 'relu',
  });
  if (operator.excite) last = excited(graph, last, `${name}.conv.3`);
  return convNorm(graph, last, {
    ...member(`${name}.conv`, operator.excite ? 4 : 3),
    outChannels,
    activation: 'relu',
  });
}

/** Convolution and batch norm that stand next to each other in a Sequential module. */
function member(module: string, index: number): Pick<ConvNormOptions, 'conv' | 'norm'> {
  return { conv: `${module}.${index}`, norm: `${module}.${index + 1}` };
}

/**
 * A block of ShuffleNetV2 as in Single Path One-Shot: at stride 1 the even channels pass, and the odd ones go through
 * the main branch; at stride 2 all channels go through both branches. The results stand next to each other.
 */
function shuffleBlock(
  graph: GraphBuilder,
  input: NodeId,
  operator: HurricaneOperator & { kind: 'shuffle' | 'xception' },
  layer: HurricaneLayer,
): NodeId {
  const { name, outChannels, stride } = layer;
  const [channels] = graph.shapeOf(input)!;
  const half = (first: number) =>
    graph.selectChannels(
      input,
      Array.from({ length: channels / 2 }, (_, k) => 2 * k + first),
      `${name}.${first === 0 ? 'even' : 'odd'}`,
    );
  const passed = stride === 1 ? half(0) : projected(graph, input, operator, layer);
  const source = stride === 1 ? half(1) : input;
  const main = mainBranch(graph, source, operator, {
    ...layer,
    outChannels: outChannels - graph.shapeOf(passed)![0],
    middle: outChannels / 2,
  });
  const ended = operator.excite ? excited(graph, main, `${name}.se`) : main;
  return graph.concat([passed, ended], `${name}.concat`);
}

function kernelOf(operator: HurricaneOperator & { kind: 'shuffle' | 'xception' }): number {
  return operator.kind === 'shuffle' ? operator.kernel : 3;
}

/** The branch of all channels at stride 2, which keeps their number. */
function projected(
  graph: GraphBuilder,
  input: NodeId,
  operator: HurricaneOperator & { kind: 'shuffle' | 'xception' },
  { name, stride }: HurricaneLayer,
): NodeId {
  const [channels] = graph.shapeOf(input)!;
  const module = `${name}.branch_proj`;
  const depthwise = convNorm(graph, input, {
    ...member(module, 0),
    outChannels: channels,
    kernel: kernelOf(operator),
    stride,
    groups: channels,
  });
  return convNorm(graph, depthwise, { ...member(module, 2), outChannels: channels, activation: 'relu' });
}

function mainBranch(
  graph: GraphBuilder,
  input: NodeId,
  operator: HurricaneOperator & { kind: 'shuffle' | 'xception' },
  options: HurricaneLayer & { readonly middle: number },
): NodeId {
  const { name, outChannels, stride, middle } = options;
  const module = `${name}.branch_main`;
  let last = input;
  let index = 0;
  const pointwise = (channels: number) => {
    last = convNorm(graph, last, { ...member(module, index), outChannels: channels, activation: 'relu' });
    index += 3;
  };
  const depthwise = (by: number) => {
    const [channels] = graph.shapeOf(last)!;
    const kernel = kernelOf(operator);
    last = convNorm(graph, last, {
      ...member(module, index),
      outChannels: channels,
      kernel,
      stride: by,
      groups: channels,
    });
    index += 2;
  };
  if (operator.kind === 'shuffle') {
    pointwise(middle);
    depthwise(stride);
    pointwise(outChannels);
    return last;
  }
  for (const channels of [middle, middle, outChannels]) {
    depthwise(index === 0 ? stride : 1);
    pointwise(channels);
  }
  return last;
}
