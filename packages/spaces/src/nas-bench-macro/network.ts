import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import type { Choices, Decision, Domain } from '../domain.js';
import { mixLayer } from '../mix-layer.js';
import { convNorm, invertedResidual, type JoinInput } from '../mobile-blocks.js';
import { type NasBenchMacroSize, nasBenchMacroSize } from './size.js';

/** Layers of each stage; the first halves the image and doubles the channels. */
export const NAS_BENCH_MACRO_STAGES: readonly number[] = [2, 3, 3];

/** Features of the classifier are so many times the channels of the stem. */
const HEAD = 40;

/** The decisions: each layer is an identity (0), a block of expansion 3 and kernel 3 (1), or of 6 and 5 (2). */
export const NAS_BENCH_MACRO_DECISIONS: readonly Decision[] = Array.from({ length: 8 }, (_, layer) => ({
  name: `layer${layer}`,
  choices: ['0', '1', '2'],
}));

/**
 * The network of one architecture: stem, eight layers in three stages, 1x1 convolution, global average, classifier.
 * Parameters are named as the benchmark's (xiusu/NAS-Bench-Macro), e.g. `features.2.conv.3.weight`. Where a stage
 * begins, an identity is a 1x1 convolution at stride 2, `features.2.downsample.0.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function nasBenchMacroNetwork(choices: Choices, size: NasBenchMacroSize = {}): Graph {
  return build(size, (graph, last, { decision, ...layer }) =>
    addLayer(graph, last, choices[decision]!, layer),
  );
}

/** One network with some choices of each layer, see `SpaceLayers`. @throws TenasError `CONFIG_INVALID` naming the field. */
export function nasBenchMacroLayers(domain: Domain, size: NasBenchMacroSize = {}): Graph {
  return build(size, (graph, last, { decision, ...layer }) =>
    mixLayer(graph, { decision, choices: domain[decision]! }, (choice, join) =>
      addLayer(graph, last, choice, { ...layer, name: `${layer.name}.${choice}`, join }),
    ),
  );
}

interface Layer {
  readonly name: string;
  readonly outChannels: number;
  readonly stride: number;
  readonly join?: JoinInput | undefined;
}

function build(
  size: NasBenchMacroSize,
  add: (graph: GraphBuilder, last: NodeId, layer: Layer & { readonly decision: string }) => NodeId,
): Graph {
  const { C, numClasses, inputShape } = nasBenchMacroSize(size);
  const graph = new GraphBuilder();
  const stem = { conv: 'stem.0', norm: 'stem.1', outChannels: C, kernel: 3 };
  let last = graph.markBlock(convNorm(graph, graph.input(inputShape), { ...stem, activation: 'relu' }));
  let channels = C;
  let layer = 0;
  for (const layers of NAS_BENCH_MACRO_STAGES) {
    channels *= 2;
    for (let place = 0; place < layers; place++, layer++) {
      last = add(graph, last, {
        decision: `layer${layer}`,
        name: `features.${layer}`,
        outChannels: channels,
        stride: place === 0 ? 2 : 1,
      });
      graph.markBlock(last);
    }
  }
  last = convNorm(graph, last, {
    conv: 'out.0',
    norm: 'out.1',
    outChannels: HEAD * C,
    activation: 'relu',
  });
  const pooled = graph.globalAvgPool(last, 'out.3');
  return graph.build(graph.linear(pooled, { name: 'classifier', outFeatures: numClasses }));
}

function addLayer(graph: GraphBuilder, input: NodeId, choice: string, options: Layer): NodeId {
  const { name, outChannels, stride } = options;
  if (choice === '0') {
    if (stride === 1) return input;
    return convNorm(graph, input, {
      conv: `${name}.downsample.0`,
      norm: `${name}.downsample.1`,
      outChannels,
      stride,
    });
  }
  return invertedResidual(graph, input, {
    ...options,
    ...(choice === '1' ? { expansion: 3, kernel: 3 } : { expansion: 6, kernel: 5 }),
    activation: 'relu',
    // Each layer is a convolution, a batch norm and a ReLU.
    layer: (index) => ({ conv: `${name}.conv.${3 * index}`, norm: `${name}.conv.${3 * index + 1}` }),
  });
}
