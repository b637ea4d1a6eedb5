import type { GraphBuilder, NodeId } from '@tenas/graph';
import type { TrainingNetwork } from '../space.js';
import type { DartsArchitecture } from './genotype.js';
import { addDartsNetwork } from './network.js';
import type { DartsSize } from './size.js';

/**
 * The auxiliary heads of the macros (`AuxiliaryHeadCIFAR`, `AuxiliaryHeadImageNet`): the maps that they read, the stride
 * of their pool, and whether their last convolution is normalised, which the published ImageNet networks left out.
 */
const HEADS = {
  cifar: { side: 8, stride: 3, normalised: true },
  imagenet: { side: 7, stride: 2, normalised: false },
} as const;

const NARROW = 128;
const WIDE = 768;

/**
 * The network of one architecture with what the recipe of DARTS adds to it in training (quark0/darts): drop path on every
 * operation of a cell but identities, and an auxiliary head behind the cell at two thirds of the depth, parameters
 * `auxiliary_head.features.2.weight` and so on. The head reads maps of 8x8 pixels (macro `imagenet`: 7x7); larger ones are
 * averaged where that size divides them, otherwise there is no head.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function dartsTrainingNetwork(architecture: DartsArchitecture, size: DartsSize = {}): TrainingNetwork {
  const { graph, output, operations, twoThirds, macro } = addDartsNetwork(architecture, size);
  const [classes] = graph.shapeOf(output)!;
  const auxiliary = addHead(graph, twoThirds, { macro, classes });
  return { graph: graph.build(output), dropPath: operations, auxiliary };
}

function addHead(
  graph: GraphBuilder,
  input: NodeId,
  { macro, classes }: { readonly macro: keyof typeof HEADS; readonly classes: number },
): NodeId | null {
  const { side, stride, normalised } = HEADS[macro];
  const [, height, width] = graph.shapeOf(input)!;
  if (height % side !== 0 || width % side !== 0) return null;
  const module = 'auxiliary_head';
  const layer = (index: number) => `${module}.features.${index}`;
  // As adaptive_avg_pool2d where the sizes divide.
  const fitting =
    height === side && width === side
      ? input
      : graph.avgPool2d(input, { name: `${module}.resize`, kernel: [height / side, width / side] });
  const rectified = graph.relu(fitting, layer(0));
  const pooled = graph.avgPool2d(rectified, { name: layer(1), kernel: 5, stride, countIncludePad: false });
  const narrow = graph.conv2d(pooled, { name: layer(2), outChannels: NARROW, kernel: 1 });
  const between = graph.relu(graph.batchNorm(narrow, { name: layer(3) }), layer(4));
  const wide = graph.conv2d(between, { name: layer(5), outChannels: WIDE, kernel: 2 });
  const features = normalised
    ? graph.relu(graph.batchNorm(wide, { name: layer(6) }), layer(7))
    : graph.relu(wide, layer(6));
  return graph.linear(features, { name: `${module}.classifier`, outFeatures: classes });
}
