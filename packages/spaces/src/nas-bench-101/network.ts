import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import { poolClassifier } from '../layers.js';
import { vertexChannels } from './channels.js';
import { NAS_BENCH_101_STACKS, type NasBench101Size, nasBench101Size } from './size.js';
import { type NasBench101Architecture, reads } from './spec.js';

/**
 * The network of one architecture: 3x3 stem, three stacks of N modules with a 2x2 maximum at stride 2 between them,
 * global average, classifier (benchmark: C 128, N 3). Every module reads its input through 1x1 projections; its output
 * joins the vertices that it reads, plus a projection of the input.
 *
 * Parameters are named as in romulus0914/NASBench-PyTorch, e.g. `layers.1.vertex_op.2.conv3x3.conv_bn_relu.0.weight`,
 * `layers.1.input_op.1.conv_bn_relu.1.bias`. Where a reader leaves out the last channel of a vertex, the convolution that
 * makes it is written as two, e.g. `layers.1.vertex_op.2.conv3x3.parts.0.conv_bn_relu.0.weight`: all channels but the
 * last, and the last.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function nasBench101Network(architecture: NasBench101Architecture, size: NasBench101Size = {}): Graph {
  const { C, N, numClasses, inputShape } = nasBench101Size(size);
  const graph = new GraphBuilder();
  let layer = 0;
  let channels = C;
  const image = graph.input(inputShape);
  let last = graph.markBlock(convBnRelu(graph, image, { name: 'layers.0', channels, kernel: 3 }));
  for (let stack = 0; stack < NAS_BENCH_101_STACKS; stack += 1) {
    if (stack > 0) {
      layer += 1;
      channels *= 2;
      last = graph.maxPool2d(last, { name: `layers.${layer}`, kernel: 2 });
    }
    for (let module = 0; module < N; module += 1) {
      layer += 1;
      last = graph.markBlock(addModule(graph, last, architecture, { name: `layers.${layer}`, channels }));
    }
  }
  return graph.build(poolClassifier(graph, last, numClasses));
}

/** Convolution, batch norm, ReLU: parameters `<name>.conv_bn_relu.0` and `.1`. */
function convBnRelu(
  graph: GraphBuilder,
  input: NodeId,
  { name, channels, kernel }: { readonly name: string; readonly channels: number; readonly kernel: number },
): NodeId {
  const path = `${name}.conv_bn_relu`;
  const padding = (kernel - 1) / 2;
  const conv = graph.conv2d(input, { name: `${path}.0`, outChannels: channels, kernel, padding });
  return graph.relu(graph.batchNorm(conv, { name: `${path}.1` }), `${path}.2`);
}

/** A feature map in one part, or in two: all channels but the last, and the last. */
class Features {
  #whole: NodeId | undefined;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly name: string,
    readonly parts: readonly NodeId[],
  ) {
    if (parts.length === 1) this.#whole = parts[0];
  }

  /** All channels. */
  whole(): NodeId {
    this.#whole ??= this.graph.concat(this.parts, `${this.name}.whole`);
    return this.#whole;
  }

  /** The first so many channels: all, or all but the last. */
  first(channels: number): NodeId {
    return this.graph.shapeOf(this.parts[0]!)![0] === channels ? this.parts[0]! : this.whole();
  }
}

/** A convolution in one part or in two. */
function convolved(
  graph: GraphBuilder,
  input: NodeId,
  options: {
    readonly name: string;
    readonly channels: number;
    readonly kernel: number;
    readonly cut: boolean;
  },
): Features {
  const { name, channels, kernel, cut } = options;
  if (!cut) return new Features(graph, name, [convBnRelu(graph, input, { name, channels, kernel })]);
  const parts = [channels - 1, 1].map((part, place) =>
    convBnRelu(graph, input, { name: `${name}.parts.${place}`, channels: part, kernel }),
  );
  return new Features(graph, name, parts);
}

function addModule(
  graph: GraphBuilder,
  input: NodeId,
  module: NasBench101Architecture,
  { name, channels: outChannels }: { readonly name: string; readonly channels: number },
): NodeId {
  const { channels, cut } = vertexChannels(module, outChannels);
  const output = module.matrix.length - 1;
  const isPool = (vertex: number) => module.ops[vertex - 1] === 'maxpool3x3';
  // All projections come first, as the modules of the network stand in its state_dict.
  const projections = channels.map((width, vertex) =>
    vertex > 0 && reads(module, vertex, 0)
      ? convolved(graph, input, {
          name: `${name}.input_op.${vertex}`,
          channels: width,
          kernel: 1,
          cut: isPool(vertex) && cut[vertex]!,
        })
      : undefined,
  );
  const vertices = new Map<number, Features>();
  for (let vertex = 1; vertex < output; vertex += 1) {
    const width = channels[vertex]!;
    const path = `${name}.vertex_op.${vertex}`;
    const sources = [...vertices]
      .filter(([from]) => reads(module, vertex, from))
      .map(([, features]) => features);
    const read = [...sources, projections[vertex]].filter((features) => features !== undefined);
    const sum = (terms: readonly NodeId[], place: string) =>
      terms.length === 1
        ? terms[0]!
        : graph.mix(
            terms.map((term) => ({ input: term })),
            { name: `${path}.sum${place}` },
          );
    if (!isPool(vertex)) {
      const kernel = module.ops[vertex - 1] === 'conv3x3-bn-relu' ? 3 : 1;
      const terms = read.map((features) => features.first(width));
      const options = { name: `${path}.conv${kernel}x${kernel}`, channels: width, kernel, cut: cut[vertex]! };
      vertices.set(vertex, convolved(graph, sum(terms, ''), options));
      continue;
    }
    // A maximum is taken of each part by itself, so the parts of what it reads are those of what it gives.
    const sums = cut[vertex]
      ? [0, 1].map((part) =>
          sum(
            read.map(({ parts }) => parts[part]!),
            `.${part}`,
          ),
        )
      : [
          sum(
            read.map((features) => features.first(width)),
            '',
          ),
        ];
    const pooled = sums.map((term, part) =>
      graph.maxPool2d(term, {
        name: cut[vertex] ? `${path}.maxpool.${part}` : `${path}.maxpool`,
        kernel: 3,
        stride: 1,
        padding: 1,
      }),
    );
    vertices.set(vertex, new Features(graph, path, pooled));
  }
  const joined = [...vertices]
    .filter(([from]) => reads(module, output, from))
    .map(([, features]) => features.whole());
  const projection = projections[output]?.whole();
  if (joined.length === 0) return projection!;
  const all = joined.length === 1 ? joined[0]! : graph.concat(joined, `${name}.concat`);
  if (projection === undefined) return all;
  return graph.mix([{ input: all }, { input: projection }], { name: `${name}.output` });
}
