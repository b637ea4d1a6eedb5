import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import type { Choices, Decision } from '../domain.js';
import { isSmallImage, type LayerStage, layerPlaces } from '../layer-stages.js';
import { convNorm } from '../mobile-blocks.js';
import { type FbNetSize, fbNetSize } from './size.js';

const STEM = 16;
const STAGES: readonly LayerStage[] = [
  { channels: 16, layers: 1, stride: 1 },
  { channels: 24, layers: 4, stride: 2 },
  { channels: 32, layers: 4, stride: 2 },
  { channels: 64, layers: 4, stride: 2 },
  { channels: 112, layers: 4, stride: 1 },
  { channels: 184, layers: 4, stride: 2 },
  { channels: 352, layers: 1, stride: 1 },
];
const LAYERS = layerPlaces(STAGES);

/** A block: kernel, expansion, groups of its 1x1 convolutions. */
interface FbNetBlock {
  readonly kernel: number;
  readonly expansion: number;
  readonly groups: number;
}

/** The blocks by the paper's names. */
const BLOCKS: ReadonlyMap<string, FbNetBlock> = new Map(
  [3, 5].flatMap((kernel) => [
    [`k${kernel}_e1`, { kernel, expansion: 1, groups: 1 }],
    [`k${kernel}_e1_g2`, { kernel, expansion: 1, groups: 2 }],
    [`k${kernel}_e3`, { kernel, expansion: 3, groups: 1 }],
    [`k${kernel}_e6`, { kernel, expansion: 6, groups: 1 }],
  ]),
);

/** The decisions: one of eight blocks or `skip` for each of 22 layers, and the features of the classifier. */
export const FBNET_DECISIONS: readonly Decision[] = [
  ...LAYERS.map((_, layer) => ({ name: `layer${layer}`, choices: [...BLOCKS.keys(), 'skip'] })),
  { name: 'head', choices: ['1504', '1984'] },
];

/**
 * The network of one architecture: stem, 22 layers in seven stages, 1x1 convolution, global average, classifier.
 * Parameters are named as in the authors' code (maskrcnn-benchmark), e.g. `stages.xif3_0.dw.conv.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function fbNetNetwork(choices: Choices, size: FbNetSize = {}): Graph {
  const { divisor, numClasses, inputShape } = fbNetSize(size);
  const small = isSmallImage(inputShape);
  const graph = new GraphBuilder();
  let last = convNorm(graph, graph.input(inputShape), {
    ...member('first'),
    outChannels: STEM / divisor,
    kernel: 3,
    stride: small ? 1 : 2,
    activation: 'relu',
  });
  graph.markBlock(last);
  for (const [layer, { stage, stride }] of LAYERS.entries()) {
    // The second stage is the first that halves the image.
    const halves = stride === 2 && !(small && stage === 1);
    last = addLayer(graph, last, BLOCKS.get(choices[`layer${layer}`]!), {
      name: `stages.xif${layer}_0`,
      outChannels: STAGES[stage]!.channels / divisor,
      stride: halves ? 2 : 1,
    });
    graph.markBlock(last);
  }
  last = convNorm(graph, last, {
    ...member('last'),
    outChannels: Number(choices.head) / divisor,
    activation: 'relu',
  });
  const pooled = graph.globalAvgPool(last, 'final_pool');
  return graph.build(graph.linear(pooled, { name: 'classifier', outFeatures: numClasses }));
}

function member(module: string) {
  return { conv: `${module}.conv`, norm: `${module}.bn` };
}

/** Adds a block, or nothing; where channels or resolution change, a 1x1 convolution stands for nothing. */
function addLayer(
  graph: GraphBuilder,
  input: NodeId,
  block: FbNetBlock | undefined,
  {
    name,
    outChannels,
    stride,
  }: { readonly name: string; readonly outChannels: number; readonly stride: number },
): NodeId {
  const [channels] = graph.shapeOf(input)!;
  const same = stride === 1 && channels === outChannels;
  if (block === undefined) {
    if (same) return input;
    return convNorm(graph, input, { ...member(`${name}.conv`), outChannels, stride, activation: 'relu' });
  }
  const { kernel, expansion, groups } = block;
  const wide = channels * expansion;
  const widened = convNorm(graph, input, {
    ...member(`${name}.pw`),
    outChannels: wide,
    groups,
    activation: 'relu',
  });
  const shuffled = groups === 1 ? widened : shuffle(graph, widened, groups, `${name}.shuffle`);
  const convolved = convNorm(graph, shuffled, {
    ...member(`${name}.dw`),
    outChannels: wide,
    kernel,
    stride,
    groups: wide,
    activation: 'relu',
  });
  const narrowed = convNorm(graph, convolved, { ...member(`${name}.pwl`), outChannels, groups });
  return same ? graph.mix([{ input: narrowed }, { input }], { name: `${name}.sum` }) : narrowed;
}

/** Takes a channel of each group in turn (Zhang et al., CVPR 2018, arXiv 1707.01083). */
function shuffle(graph: GraphBuilder, input: NodeId, groups: number, name: string): NodeId {
  const [channels] = graph.shapeOf(input)!;
  const each = channels / groups;
  const order = Array.from(
    { length: channels },
    (_, channel) => (channel % groups) * each + Math.floor(channel / groups),
  );
  return graph.selectChannels(input, order, name);
}
