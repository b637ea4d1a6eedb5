import { compileSubject, type Subject, tasksSubject } from '@tenas/cli';
import { type Graph, GraphBuilder, graphCost, type NodeId, sizeOf } from '@tenas/graph';
import { type BenchCase, type BenchContext, row } from './bench-context.js';
import type { Row } from './result.js';
import { peakOf } from './roofline.js';
import { timeOnce } from './timing.js';

/** A layer that keeps the shape of its input, so that copies of it can be chained. */
interface Kernel {
  readonly name: string;
  readonly channels: number;
  readonly side: number;
  readonly add: (graph: GraphBuilder, input: NodeId, name: string, channels: number) => NodeId;
}

const SAMPLES = 64;
/** The difference of a long and a short chain is the layers alone, without loading, classifier and Gram matrix. */
const CHAIN = { short: 2, long: 18 } as const;
/** The fastest of so many runs counts for a chain: a difference doubles the disturbances of its parts. */
const TRIES = 3;

const convolution =
  (kernel: number, depthwise = false) =>
  (graph: GraphBuilder, input: NodeId, name: string, outChannels: number) =>
    graph.conv2d(input, {
      name,
      outChannels,
      kernel,
      padding: (kernel - 1) / 2,
      groups: depthwise ? outChannels : 1,
    });

const kernels: readonly Kernel[] = [
  { name: 'conv3x3-c3', channels: 3, side: 32, add: convolution(3) },
  { name: 'conv3x3-c12', channels: 12, side: 8, add: convolution(3) },
  { name: 'conv3x3-c16', channels: 16, side: 32, add: convolution(3) },
  { name: 'conv1x1-c3', channels: 3, side: 32, add: convolution(1) },
  { name: 'conv1x1-c16', channels: 16, side: 32, add: convolution(1) },
  { name: 'depthwise3x3-c4', channels: 4, side: 32, add: convolution(3, true) },
  { name: 'depthwise5x5-c4', channels: 4, side: 32, add: convolution(5, true) },
  {
    name: 'batch-norm-c3',
    channels: 3,
    side: 32,
    add: (graph, input, name) => graph.batchNorm(input, { name }),
  },
  { name: 'relu-c3', channels: 3, side: 32, add: (graph, input, name) => graph.relu(input, name) },
  {
    name: 'avg-pool3x3-c3',
    channels: 3,
    side: 32,
    add: (graph, input, name) =>
      graph.avgPool2d(input, { name, kernel: 3, stride: 1, padding: 1, countIncludePad: false }),
  },
  {
    name: 'max-pool3x3-c3',
    channels: 3,
    side: 32,
    add: (graph, input, name) => graph.maxPool2d(input, { name, kernel: 3, stride: 1, padding: 1 }),
  },
];

/** Tensors of a layer's input or output size that a pass reads or writes at least, and how often it does the weights. */
const TRAFFIC = {
  // x in, y out.
  forward: { activations: 2, weights: 1 },
  // And dy and the weights in, dx out; x and dy in, the gradient of the weights of every sample out.
  ntk: { activations: 6, weights: 2 + SAMPLES },
} as const;

/** A chain of `length` layers behind a convolution, which makes the backward pass need the gradients of their inputs. */
function chain({ channels, side, add }: Kernel, length: number): Graph {
  const graph = new GraphBuilder();
  const image = graph.input([3, side, side]);
  let last = graph.conv2d(image, { name: 'first', outChannels: channels, kernel: 1 });
  for (let layer = 0; layer < length; layer++) last = add(graph, last, `layer${layer}`, channels);
  return graph.build(graph.linear(graph.globalAvgPool(last), { name: 'classifier', outFeatures: 2 }));
}

/** Seconds of one layer on all samples, from pairs of chains measured one after the other. */
async function layerSeconds(subjectOf: (graph: Graph) => Subject, kernel: Kernel, context: BenchContext) {
  const [short, long] = [CHAIN.short, CHAIN.long].map((length) => subjectOf(chain(kernel, length)));
  using shortProgram = compileSubject(short!);
  using longProgram = compileSubject(long!);
  const { seeds, repetitions } = context;
  const samples: number[] = [];
  for (let repetition = -1; repetition < repetitions; repetition++) {
    let [less, more] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let turn = 0; turn < TRIES; turn++) {
      less = Math.min(less, await timeOnce(shortProgram, short!, { seeds, threads: 1 }));
      more = Math.min(more, await timeOnce(longProgram, long!, { seeds, threads: 1 }));
    }
    if (repetition >= 0) samples.push((more - less) / (CHAIN.long - CHAIN.short));
  }
  return samples;
}

function kernelRow(
  context: BenchContext,
  kernel: Kernel,
  pass: {
    readonly name: keyof typeof TRAFFIC;
    readonly title: string;
    readonly cost: number;
    readonly seconds: number[];
  },
): Row {
  const layers = CHAIN.long - CHAIN.short;
  const [long, short] = [graphCost(chain(kernel, CHAIN.long)), graphCost(chain(kernel, CHAIN.short))];
  const macs = (long.macs - short.macs) / layers;
  const weights = (4 * (long.params - short.params)) / layers;
  const tensor = 4 * SAMPLES * sizeOf([kernel.channels, kernel.side, kernel.side]);
  const name = `kernel-${kernel.name}-${pass.name}`;
  const plain = row(
    {
      name,
      title: `${kernel.name}, ${kernel.side}x${kernel.side}, ${SAMPLES} samples, ${pass.title}, 1 thread`,
      unit: 'us',
      settings: { tensorBytes: tensor, multiplyAdds: macs * SAMPLES * pass.cost },
    },
    pass.seconds.map((seconds) => seconds * 1e6),
  );
  const seconds = plain.summary.median / 1e6;
  if (!(seconds > 0)) return { ...plain, note: 'lost in noise: measure again on a quiet machine' };
  if (macs === 0) {
    const rate = (2 * pass.cost * tensor) / seconds / 1e9;
    return { ...plain, note: `${rate.toFixed(1)} GB/s if every tensor is read or written once` };
  }
  const operations = 2 * macs * SAMPLES * pass.cost;
  const gflops = operations / seconds / 1e9;
  const traffic = TRAFFIC[pass.name];
  const intensity = operations / (traffic.activations * tensor + traffic.weights * weights);
  if (context.roofline === null) return { ...plain, gflops, intensity };
  return { ...plain, gflops, intensity, shareOfPeak: gflops / peakOf(context.roofline, context.isa) };
}

async function runKernel(kernel: Kernel, context: BenchContext): Promise<Row[]> {
  const forward = await layerSeconds(
    (graph) => tasksSubject(graph, { tasks: [{ kind: 'forward', statistics: 'batch' }], batchSize: SAMPLES }),
    kernel,
    context,
  );
  const both = await layerSeconds(
    (graph) => tasksSubject(graph, { tasks: [{ kind: 'ntk', mode: 'sample' }], batchSize: SAMPLES }),
    kernel,
    context,
  );
  return [
    kernelRow(context, kernel, { name: 'forward', title: 'forward', cost: 1, seconds: forward }),
    // Forward, gradient by the input and gradient by the weights; the layer's part of the Gram matrix is in the time.
    kernelRow(context, kernel, { name: 'ntk', title: 'forward + backward', cost: 3, seconds: both }),
  ];
}

/** Every kernel alone, as the slope of the time against the number of layers. */
export const kernelCases: readonly BenchCase[] = kernels.map((kernel) => ({
  name: `kernel-${kernel.name}`,
  run: (context) => runKernel(kernel, context),
}));
