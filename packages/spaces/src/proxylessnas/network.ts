import { type Graph, GraphBuilder } from '@tenas/graph';
import { dividedSize } from '../divided-size.js';
import type { Choices, Decision } from '../domain.js';
import { isSmallImage, layerPlaces } from '../layer-stages.js';
import { convNorm, invertedResidual } from '../mobile-blocks.js';
import type { ProxylessNasSize } from './size.js';
import { PROXYLESS_WIDTHS } from './widths.js';

const LAYERS = layerPlaces([
  { layers: 4, stride: 2 },
  { layers: 4, stride: 2 },
  { layers: 4, stride: 2 },
  { layers: 4, stride: 1 },
  { layers: 4, stride: 2 },
  { layers: 1, stride: 1 },
]);

/** The blocks by the authors' names: kernel and expansion. */
const BLOCKS: ReadonlyMap<string, { readonly kernel: number; readonly expansion: number }> = new Map(
  [3, 5, 7].flatMap((kernel) =>
    [3, 6].map((expansion) => [`${kernel}x${kernel}_MBConv${expansion}`, { kernel, expansion }] as const),
  ),
);

/** Epsilon of all batch norms, of the authors' code. */
const EPS = 1e-3;

/** The decisions: the widths of the whole network, then a block or nothing (`Zero`) for each of 21 layers. */
export const PROXYLESSNAS_DECISIONS: readonly Decision[] = [
  { name: 'widths', choices: Object.keys(PROXYLESS_WIDTHS) },
  ...LAYERS.map(({ first }, layer) => ({
    name: `layer${layer}`,
    choices: [...BLOCKS.keys(), ...(first ? [] : ['Zero'])],
  })),
];

/**
 * The network of one architecture: stem, a fixed block, 21 layers in six stages, 1x1 convolution, global average,
 * classifier. Parameters are named as in mit-han-lab/proxylessnas, e.g.
 * `blocks.3.mobile_inverted_conv.depth_conv.conv.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function proxylessNasNetwork(choices: Choices, size: ProxylessNasSize = {}): Graph {
  const { divisor, numClasses, inputShape } = dividedSize(size);
  const widths = PROXYLESS_WIDTHS[choices.widths!]!;
  const small = isSmallImage(inputShape);
  const graph = new GraphBuilder();
  const convolved = (name: string, outChannels: number) => ({
    conv: `${name}.conv`,
    norm: `${name}.bn`,
    outChannels: outChannels / divisor,
    activation: 'relu6' as const,
    eps: EPS,
  });
  const stem = { ...convolved('first_conv', widths.stem), kernel: 3, stride: small ? 1 : 2 };
  let last = graph.markBlock(convNorm(graph, graph.input(inputShape), stem));
  const addBlock = (
    block: number,
    options: { expansion: number; kernel: number; stride: number; channels: number },
  ) => {
    const { channels, ...rest } = options;
    const members = [
      ...(rest.expansion === 1 ? [] : ['inverted_bottleneck']),
      'depth_conv',
      'point_linear',
    ].map((member) => `blocks.${block}.mobile_inverted_conv.${member}`);
    last = invertedResidual(graph, last, {
      ...rest,
      name: `blocks.${block}`,
      outChannels: channels / divisor,
      activation: 'relu6',
      eps: EPS,
      layer: (index) => ({ conv: `${members[index]}.conv`, norm: `${members[index]}.bn` }),
    });
    graph.markBlock(last);
  };
  addBlock(0, { expansion: 1, kernel: 3, stride: 1, channels: widths.first });
  for (const [layer, { stage, stride }] of LAYERS.entries()) {
    const block = BLOCKS.get(choices[`layer${layer}`]!);
    if (block === undefined) continue;
    const halves = stride === 2 && !(small && stage === 0);
    addBlock(layer + 1, { ...block, stride: halves ? 2 : 1, channels: widths.stages[stage]! });
  }
  last = convNorm(graph, last, convolved('feature_mix_layer', widths.head));
  const pooled = graph.globalAvgPool(last, 'global_avg_pooling');
  return graph.build(graph.linear(pooled, { name: 'classifier.linear', outFeatures: numClasses }));
}
