import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import { preprocess } from '../darts/preprocess.js';
import { convStem, keepAlive, pool3x3, poolClassifier, reluConvBn, separableConv } from '../layers.js';
import type { PnasArchitecture, PnasBlock } from './cell.js';
import { PNAS_CELL_INPUTS, type PnasOp } from './operations.js';
import { PNAS_STAGES, type PnasSize, pnasSize } from './size.js';

/**
 * The network of one architecture: a 3x3 convolution as stem, three stages of N cells, ReLU, global average, classifier.
 * The first cell of the second and third stage halves the image: operations on the cells before have stride 2 there, and
 * channels double. Every cell reads the outputs of the two cells before through ReLU, 1x1 convolution and batch norm
 * (of twice the size: in two shifted halves at stride 2). Parameters are named e.g. `cells.0.blocks.2.1.op.1.weight`
 * (the second operation of the third block) and `cells.0.preprocess0.op.1.weight`.
 *
 * Macro `imagenet` begins with a 3x3 convolution at stride 2 and two more cells that halve, of C/4 and C/2 channels.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function pnasNetwork({ blocks }: PnasArchitecture, size: PnasSize = {}): Graph {
  const { macro, C, N, stemChannels, concat, numClasses, inputShape } = pnasSize(size);
  const graph = new GraphBuilder();
  const image = graph.input(inputShape);
  const stem =
    macro === 'cifar' ? convStem(graph, image, stemChannels) : halvingStem(graph, image, stemChannels);
  let [beforePrevious, previous, previousHalves] = [stem, stem, false];
  const addCell = (name: string, channels: number, halves: boolean): void => {
    const place = { name, channels, halves, previousHalves, concat };
    const output = graph.markBlock(cellOf(graph, blocks, place, { beforePrevious, previous }));
    [beforePrevious, previous, previousHalves] = [previous, output, halves];
  };
  if (macro === 'imagenet') {
    addCell('stem_cells.0', Math.floor(C / 4), true);
    addCell('stem_cells.1', Math.floor(C / 2), true);
  }
  for (let index = 0; index < PNAS_STAGES * N; index += 1) {
    const stage = Math.floor(index / N);
    addCell(`cells.${index}`, C * 2 ** stage, stage > 0 && index % N === 0);
  }
  return graph.build(poolClassifier(graph, graph.relu(previous, 'last_relu'), numClasses));
}

function halvingStem(graph: GraphBuilder, image: NodeId, outChannels: number): NodeId {
  const conv = graph.conv2d(image, { name: 'stem.0', outChannels, kernel: 3, stride: 2 });
  return graph.markBlock(graph.batchNorm(conv, { name: 'stem.1' }));
}

/** Where a cell stands in its network. */
interface CellPlace {
  /** Module path, e.g. `cells.3`. */
  readonly name: string;
  /** Channels of each of its states. */
  readonly channels: number;
  /** Whether it halves the image. */
  readonly halves: boolean;
  /** Whether the cell before it did: the older of its inputs is then twice as large as the newer. */
  readonly previousHalves: boolean;
  readonly concat: 'all' | 'unread';
}

function cellOf(
  graph: GraphBuilder,
  blocks: readonly PnasBlock[],
  { name, channels, halves, previousHalves, concat }: CellPlace,
  { beforePrevious, previous }: { readonly beforePrevious: NodeId; readonly previous: NodeId },
): NodeId {
  const used = new Set(blocks.flat().map(({ state }) => state));
  const typeOf = (reduces: boolean) => (reduces ? 'reduce' : 'normal');
  const states = preprocess(
    graph,
    { name, channels, type: typeOf(halves), previousType: typeOf(previousHalves) },
    { beforePrevious, previous, reduceConvs: ['conv_1', 'conv_2'] },
  );
  // Trained weights hold both preprocessing steps even where the cell reads only one.
  if (!used.has(0) || !used.has(1)) keepAlive(graph, states, `${name}.inputs`);
  for (const [block, halvesOfBlock] of blocks.entries()) {
    const path = `${name}.blocks.${block}`;
    const terms = halvesOfBlock.map(({ op, state }, half) => ({
      input: addOperation(graph, states[state]!, op, {
        name: `${path}.${half}`,
        channels,
        stride: halves && state < PNAS_CELL_INPUTS ? 2 : 1,
      }),
    }));
    states.push(graph.mix(terms, { name: path, observed: true }));
  }
  const made = states.slice(PNAS_CELL_INPUTS);
  const joined = concat === 'all' ? made : made.filter((_, block) => !used.has(block + PNAS_CELL_INPUTS));
  return joined.length === 1 ? joined[0]! : graph.concat(joined, `${name}.concat`);
}

/** Applies an operation whose module path is `name`. */
function addOperation(
  graph: GraphBuilder,
  input: NodeId,
  op: PnasOp,
  { name, channels, stride }: { readonly name: string; readonly channels: number; readonly stride: number },
): NodeId {
  const module = `${name}.op`;
  const separableTwice = (kernel: number) => {
    const first = separableConv(graph, input, module, 0, { channels, kernel, stride, dilation: 1 });
    return separableConv(graph, first, module, 4, { channels, kernel, stride: 1, dilation: 1 });
  };
  switch (op) {
    case 'sep_conv_3x3':
      return separableTwice(3);
    case 'sep_conv_5x5':
      return separableTwice(5);
    case 'sep_conv_7x7':
      return separableTwice(7);
    case 'conv_1x7_7x1': {
      const relu = graph.relu(input, `${module}.0`);
      const outChannels = channels;
      const row = {
        name: `${module}.1`,
        outChannels,
        kernel: [1, 7],
        stride: [1, stride],
        padding: [0, 3],
      } as const;
      const column = {
        name: `${module}.2`,
        outChannels,
        kernel: [7, 1],
        stride: [stride, 1],
        padding: [3, 0],
      } as const;
      return graph.batchNorm(graph.conv2d(graph.conv2d(relu, row), column), { name: `${module}.3` });
    }
    case 'skip_connect':
      return stride === 1
        ? input
        : reluConvBn(graph, input, { name, outChannels: channels, kernel: 1, stride });
    case 'avg_pool_3x3':
      return pool3x3(graph, input, { name, kind: 'avg', stride });
    case 'max_pool_3x3':
      return pool3x3(graph, input, { name, kind: 'max', stride });
    case 'dil_conv_3x3': {
      const relu = graph.relu(input, `${module}.0`);
      const conv = { name: `${module}.1`, outChannels: channels, kernel: 3, stride, padding: 2, dilation: 2 };
      return graph.batchNorm(graph.conv2d(relu, conv), { name: `${module}.2` });
    }
  }
}
