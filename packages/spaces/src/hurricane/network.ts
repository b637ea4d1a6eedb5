import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import { dividedSize } from '../divided-size.js';
import type { Choices, Decision, Domain } from '../domain.js';
import { mixLayer } from '../mix-layer.js';
import { convNorm } from '../mobile-blocks.js';
import { addHurricaneLayer } from './blocks.js';
import { HURRICANE_OPERATORS } from './operators.js';
import type { HurricaneSize } from './size.js';

const STEM = 16;
/** Layers and channels of each stage; the first layer of one halves the image. */
const STAGES = [
  { layers: 4, channels: 64 },
  { layers: 4, channels: 160 },
  { layers: 8, channels: 320 },
  { layers: 4, channels: 640 },
] as const;
const FEATURES = 1024;
/** Images of fewer rows are not halved by the stem and the first stage. */
const LEAST_HALVED = 64;

/** The decisions: the operator of each of the 20 layers. */
export const HURRICANE_DECISIONS: readonly Decision[] = Array.from(
  { length: STAGES.reduce((sum, { layers }) => sum + layers, 0) },
  (_, layer) => ({ name: `layer${layer}`, choices: [...HURRICANE_OPERATORS.keys()] }),
);

/**
 * The network of one architecture: stem, 20 layers in four stages, 1x1 convolution, global average, classifier.
 * Parameters of shuffle blocks are named as in Single Path One-Shot, e.g. `features.3.branch_main.0.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function hurricaneNetwork(choices: Choices, size: HurricaneSize = {}): Graph {
  return build(size, (graph, last, { decision, ...layer }) =>
    addHurricaneLayer(graph, last, HURRICANE_OPERATORS.get(choices[decision]!)!, layer),
  );
}

/** One network with some operators of each layer, see `SpaceLayers`. @throws TenasError `CONFIG_INVALID` naming the field. */
export function hurricaneLayers(domain: Domain, size: HurricaneSize = {}): Graph {
  return build(size, (graph, last, { decision, ...layer }) =>
    mixLayer(graph, { decision, choices: domain[decision]! }, (choice, join) =>
      addHurricaneLayer(graph, last, HURRICANE_OPERATORS.get(choice)!, {
        ...layer,
        name: `${layer.name}.${choice}`,
        join,
      }),
    ),
  );
}

interface Layer {
  readonly decision: string;
  readonly name: string;
  readonly outChannels: number;
  readonly stride: number;
}

function build(size: HurricaneSize, add: (graph: GraphBuilder, last: NodeId, layer: Layer) => NodeId): Graph {
  const { divisor, numClasses, inputShape } = dividedSize(size);
  const small = inputShape[1] < LEAST_HALVED;
  const graph = new GraphBuilder();
  let last = convNorm(graph, graph.input(inputShape), {
    conv: 'first_conv.0',
    norm: 'first_conv.1',
    outChannels: STEM / divisor,
    kernel: 3,
    stride: small ? 1 : 2,
    activation: 'relu',
  });
  graph.markBlock(last);
  let layer = 0;
  for (const [stage, { layers, channels }] of STAGES.entries()) {
    for (let place = 0; place < layers; place++, layer++) {
      const halves = place === 0 && !(small && stage === 0);
      last = add(graph, last, {
        decision: `layer${layer}`,
        name: `features.${layer}`,
        outChannels: channels / divisor,
        stride: halves ? 2 : 1,
      });
      graph.markBlock(last);
    }
  }
  last = convNorm(graph, last, {
    conv: 'conv_last.0',
    norm: 'conv_last.1',
    outChannels: FEATURES / divisor,
    activation: 'relu',
  });
  const pooled = graph.globalAvgPool(last, 'globalpool');
  return graph.build(graph.linear(pooled, { name: 'classifier.0', outFeatures: numClasses }));
}
