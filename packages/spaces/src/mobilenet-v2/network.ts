import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import { dividedSize } from '../divided-size.js';
import { isSmallImage } from '../layer-stages.js';
import { convNorm } from '../mobile-blocks.js';
import { MOBILENET_V2_HEAD, type MobileNetV2Architecture, type MobileNetV2Block } from './architecture.js';
import type { MobileNetV2Size } from './size.js';

/** Epsilon of all batch norms, of the authors' code. */
const EPS = 1e-3;

/**
 * The network of one architecture, with residual connections and without squeeze-and-excitation. Parameters are named
 * as in the authors' code, e.g. `module_list.1.module_list.0.module_list.3.netblock.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function mobileNetV2Network(
  { stem, blocks }: MobileNetV2Architecture,
  size: MobileNetV2Size = {},
): Graph {
  const { divisor, numClasses, inputShape } = dividedSize(size);
  const small = isSmallImage(inputShape);
  const graph = new GraphBuilder();
  let last = convNorm(graph, graph.input(inputShape), {
    ...member('module_list.0', 0),
    outChannels: stem / divisor,
    kernel: 3,
    stride: small ? 1 : 2,
    activation: 'relu',
    eps: EPS,
  });
  graph.markBlock(last);
  for (const [index, block] of blocks.entries()) {
    last = addBlock(graph, last, {
      block,
      name: `module_list.${index + 1}`,
      divisor,
      stride: small && index === 0 ? 1 : block.stride,
    });
  }
  last = convNorm(graph, last, {
    ...member(`module_list.${blocks.length + 1}`, 0),
    outChannels: MOBILENET_V2_HEAD / divisor,
    activation: 'relu',
    eps: EPS,
  });
  graph.markBlock(last);
  const pooled = graph.globalAvgPool(last, 'global_avg_pooling');
  return graph.build(graph.linear(pooled, { name: 'fc_linear.netblock', outFeatures: numClasses }));
}

/** A convolution and its batch norm, at two places of a list of modules. */
function member(module: string, place: number) {
  return {
    conv: `${module}.module_list.${place}.netblock`,
    norm: `${module}.module_list.${place + 1}.netblock`,
  };
}

interface BlockOptions {
  readonly block: MobileNetV2Block;
  readonly name: string;
  readonly divisor: number;
  readonly stride: number;
}

function addBlock(graph: GraphBuilder, input: NodeId, options: BlockOptions): NodeId {
  const { block, name, divisor, stride } = options;
  let last = input;
  // Every residual is followed by a ReLU, which has a place in the list too.
  let place = 0;
  const add = (channels: number, by: number, projected: boolean) => {
    last = addResidual(graph, last, {
      name: `${name}.module_list.${place}`,
      outChannels: channels / divisor,
      expansion: block.expansion,
      kernel: block.kernel,
      stride: by,
      projected,
    });
    // AZ-NAS looks at the features behind each of them, as behind the stem and the last convolution.
    last = graph.markBlock(graph.relu(last, `${name}.module_list.${place + 1}`));
    place += 2;
  };
  for (let layer = 0; layer < block.layers; layer++) {
    const first = layer === 0;
    add(block.bottleneck, first ? stride : 1, first);
    add(block.channels, 1, false);
  }
  return last;
}

interface ResidualOptions {
  readonly name: string;
  readonly outChannels: number;
  /** Channels inside, as a multiple of the output's. */
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  /** Whether the input is projected even where it has the channels of the output. */
  readonly projected: boolean;
}

/** An inverted residual whose width inside follows from its output, not from its input. */
function addResidual(graph: GraphBuilder, input: NodeId, options: ResidualOptions): NodeId {
  const { name, outChannels, expansion, kernel, stride, projected } = options;
  const [channels] = graph.shapeOf(input)!;
  const wide = outChannels * expansion;
  const inner = { outChannels: wide, activation: 'relu' as const, eps: EPS };
  const widened = convNorm(graph, input, { ...member(name, 0), ...inner });
  const convolved = convNorm(graph, widened, { ...member(name, 3), ...inner, kernel, stride, groups: wide });
  const narrowed = convNorm(graph, convolved, { ...member(name, 6), outChannels, eps: EPS });
  if (!projected && channels === outChannels) {
    return graph.mix([{ input: narrowed }, { input }], { name: `${name}.sum` });
  }
  const projection = graph.conv2d(input, {
    name: `${name}.proj.0`,
    outChannels,
    kernel: 1,
    stride,
    bias: true,
  });
  const shortcut = graph.batchNorm(projection, { name: `${name}.proj.1`, eps: EPS });
  return graph.mix([{ input: narrowed }, { input: shortcut }], { name: `${name}.sum` });
}
