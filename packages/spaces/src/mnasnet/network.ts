import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import { dividedSize } from '../divided-size.js';
import type { Choices, Decision } from '../domain.js';
import { convNorm, invertedResidual, squeezeAndExcite } from '../mobile-blocks.js';
import type { MnasnetSize } from './size.js';

/** Channels of the stem. */
const STEM = 32;
/** Channels and stride of each stage, of EfficientNet-B0. */
const STAGES = [
  { channels: 16, stride: 1 },
  { channels: 24, stride: 2 },
  { channels: 40, stride: 2 },
  { channels: 80, stride: 2 },
  { channels: 112, stride: 1 },
  { channels: 192, stride: 2 },
  { channels: 320, stride: 1 },
] as const;
/** The last convolution has so many times the channels of the last stage. */
const HEAD = 4;
/** The squeeze of squeeze-and-excitation divides the block's input channels by this. */
const SQUEEZE = 4;

/** What is open in each stage, in the order of the text. */
const OPEN: readonly { readonly what: string; readonly choices: (stage: number) => readonly string[] }[] = [
  { what: 'expansion', choices: () => ['1', '4', '6'] },
  { what: 'kernel', choices: () => ['3', '5'] },
  { what: 'layers', choices: (stage) => (stage === 5 ? ['1', '2', '3', '4'] : ['1', '2', '3']) },
  { what: 'se', choices: () => ['0', '1'] },
];

/** The decisions: expansion of all stages, then kernels, numbers of layers, and squeeze-and-excitation. */
export const MNASNET_DECISIONS: readonly Decision[] = OPEN.flatMap(({ what, choices }) =>
  STAGES.map((_, stage) => ({ name: `stage${stage}/${what}`, choices: choices(stage) })),
);

/** `-` between stages, `/` between what is open. */
export const MNASNET_SEPARATORS: readonly string[] = MNASNET_DECISIONS.slice(1).map((_, place) =>
  (place + 1) % STAGES.length === 0 ? '/' : '-',
);

/**
 * The network of one architecture. Parameters are named as in the benchmark's code and in torchvision's EfficientNet,
 * e.g. `features.3.0.block.1.0.weight`, `features.3.0.block.2.fc1.bias` (squeeze-and-excitation), `classifier.1.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function mnasnetNetwork(choices: Choices, size: MnasnetSize = {}): Graph {
  const { divisor, numClasses, inputShape } = dividedSize(size);
  const graph = new GraphBuilder();
  let last = convNorm(graph, graph.input(inputShape), {
    conv: 'features.0.0',
    norm: 'features.0.1',
    outChannels: STEM / divisor,
    kernel: 3,
    stride: 2,
    activation: 'swish',
  });
  graph.markBlock(last);
  for (const [stage, { channels, stride }] of STAGES.entries()) {
    const [expansion, kernel, layers, se] = OPEN.map(({ what }) => Number(choices[`stage${stage}/${what}`]));
    for (let layer = 0; layer < layers!; layer++) {
      last = addBlock(graph, last, {
        name: `features.${stage + 1}.${layer}`,
        outChannels: channels / divisor,
        expansion: expansion!,
        kernel: kernel!,
        stride: layer === 0 ? stride : 1,
        excite: se === 1,
      });
      graph.markBlock(last);
    }
  }
  const features = `features.${STAGES.length + 1}`;
  last = convNorm(graph, last, {
    conv: `${features}.0`,
    norm: `${features}.1`,
    outChannels: (HEAD * STAGES.at(-1)!.channels) / divisor,
    activation: 'swish',
  });
  const pooled = graph.globalAvgPool(last, 'avgpool');
  return graph.build(graph.linear(pooled, { name: 'classifier.1', outFeatures: numClasses }));
}

interface Block {
  readonly name: string;
  readonly outChannels: number;
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  readonly excite: boolean;
}

function addBlock(graph: GraphBuilder, input: NodeId, { excite, ...options }: Block): NodeId {
  const member = (index: number) => `${options.name}.block.${index}`;
  const squeezed = Math.max(1, Math.floor(graph.shapeOf(input)![0] / SQUEEZE));
  const excited = (widened: NodeId, index: number) =>
    squeezeAndExcite(graph, widened, { name: member(index), squeezed, hidden: 'swish', factor: 'sigmoid' });
  return invertedResidual(graph, input, {
    ...options,
    activation: 'swish',
    layer: (index) => ({ conv: `${member(index)}.0`, norm: `${member(index)}.1` }),
    excite: excite ? excited : undefined,
  });
}
