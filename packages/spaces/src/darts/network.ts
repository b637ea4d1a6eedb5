import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import { convStem, factorizedReduce, keepAlive, pool3x3, poolClassifier, separableConv } from '../layers.js';
import { addNodes, nodeShape, readsBothInputs } from './cell-nodes.js';
import { fixedReduction } from './fixed-reduction.js';
import type { DartsArchitecture, DartsCell } from './genotype.js';
import type { DartsCellType, DartsOp } from './operations.js';
import { type CellPlace, preprocess } from './preprocess.js';
import { type DartsSize, dartsSize } from './size.js';

/** Parameter names of the two convolutions of the community's `FactorizedReduce`. */
const REDUCE_CONVS = ['conv_1', 'conv_2'] as const;

/**
 * The network of one architecture as the DARTS community trains it (`NetworkCIFAR` and `NetworkImageNet` of
 * quark0/darts), without the auxiliary head of the training: parameters are named e.g. `cells.0._ops.0.op.1.weight` (the genotype's
 * first input), `cells.0.preprocess0.op.1.weight`, `cells.7._ops.2.conv_1.weight`. Pooling has no batch norm.
 *
 * Macro `cifar`: 3x3 stem with three times C channels, 20 cells, C 36. Macro `imagenet`: two-step stem that
 * divides the size by 8 (`stem0`, `stem1`), 14 cells, C 48. Cells at a third and two thirds of the depth reduce.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function dartsNetwork(architecture: DartsArchitecture, size: DartsSize = {}): Graph {
  const { graph, output } = addDartsNetwork(architecture, size);
  return graph.build(output);
}

/** The network before it is built, with the places that its training needs to know. */
export interface DartsNetworkParts {
  readonly graph: GraphBuilder;
  readonly output: NodeId;
  readonly macro: 'cifar' | 'imagenet';
  /** Outputs of the operations of all cells, but identities. */
  readonly operations: readonly NodeId[];
  /** Output of the cell at two thirds of the depth. */
  readonly twoThirds: NodeId;
}

/** Adds the network of one architecture to a new graph. @throws TenasError `CONFIG_INVALID` naming the field. */
export function addDartsNetwork(architecture: DartsArchitecture, size: DartsSize): DartsNetworkParts {
  const { macro, C, N, stemMultiplier, numClasses, inputShape } = dartsSize(size);
  const graph = new GraphBuilder();
  const image = graph.input(inputShape);
  const stem =
    macro === 'cifar' ? addCifarStem(graph, image, C * stemMultiplier) : addImageNetStem(graph, image, C);
  const { cells, operations } = addCells(graph, architecture, { C, N, ...stem });
  const output = poolClassifier(graph, cells.at(-1)!, numClasses);
  return { graph, output, macro, operations, twoThirds: cells[Math.floor((2 * N) / 3)]! };
}

/** The inputs of the first cell. */
interface Stem {
  readonly beforePrevious: NodeId;
  readonly previous: NodeId;
  /** `reduce` if the first cell's older input is twice as large as the newer. */
  readonly previousType: DartsCellType;
}

function addCifarStem(graph: GraphBuilder, image: NodeId, channels: number): Stem {
  const stem = convStem(graph, image, channels);
  return { beforePrevious: stem, previous: stem, previousType: 'normal' };
}

function addImageNetStem(graph: GraphBuilder, image: NodeId, channels: number): Stem {
  const half = { kernel: 3, stride: 2, padding: 1 };
  const a = graph.conv2d(image, { name: 'stem0.0', outChannels: channels / 2, ...half });
  const aRelu = graph.relu(graph.batchNorm(a, { name: 'stem0.1' }), 'stem0.2');
  const b = graph.conv2d(aRelu, { name: 'stem0.3', outChannels: channels, ...half });
  const stem0 = graph.batchNorm(b, { name: 'stem0.4' });
  const c = graph.conv2d(graph.relu(stem0, 'stem1.0'), { name: 'stem1.1', outChannels: channels, ...half });
  const stem1 = graph.markBlock(graph.batchNorm(c, { name: 'stem1.2' }));
  return { beforePrevious: stem0, previous: stem1, previousType: 'reduce' };
}

function addCells(
  graph: GraphBuilder,
  architecture: DartsArchitecture,
  options: Stem & { C: number; N: number },
): { cells: NodeId[]; operations: NodeId[] } {
  const { C, N } = options;
  const cells: NodeId[] = [];
  const operations: NodeId[] = [];
  const reductions = [Math.floor(N / 3), Math.floor((2 * N) / 3)];
  let { beforePrevious, previous, previousType } = options;
  let channels = C;
  for (let index = 0; index < N; index += 1) {
    const type = reductions.includes(index) ? 'reduce' : 'normal';
    if (type === 'reduce') channels *= 2;
    const place = { name: `cells.${index}`, type, previousType, channels } as const;
    const output = graph.markBlock(
      addCell(graph, architecture[type], place, { beforePrevious, previous, operations }),
    );
    cells.push(output);
    beforePrevious = previous;
    previous = output;
    previousType = type;
  }
  return { cells, operations };
}

/** What a cell reads, and the list that takes the outputs of its operations. */
interface CellContext {
  readonly beforePrevious: NodeId;
  readonly previous: NodeId;
  readonly operations: NodeId[];
}

function addCell(
  graph: GraphBuilder,
  cell: DartsCell | null,
  place: CellPlace,
  { beforePrevious, previous, operations }: CellContext,
): NodeId {
  const { name, type, channels } = place;
  const states = preprocess(graph, place, { beforePrevious, previous, reduceConvs: REDUCE_CONVS });
  if (cell === null) {
    const parts = fixedReduction(graph, states, { name, channels });
    operations.push(...parts);
    return graph.concat(parts, `${name}.concat`);
  }
  // Trained weights hold both preprocessing steps even where the genotype reads only one.
  if (!readsBothInputs(cell)) keepAlive(graph, states, `${name}.inputs`);

  return addNodes(graph, cell, states, {
    name,
    shape: nodeShape(graph, states, { type, channels }),
    apply: (input, { op, state }, position) => {
      const stride = type === 'reduce' && state < 2 ? 2 : 1;
      const options = { name: `${name}._ops.${position}`, channels, stride };
      const output = addOperation(graph, input, op, options);
      if (output !== undefined && output !== input) operations.push(output);
      return output;
    },
  });
}

/** Applies an operation of a genotype, whose module path is `name`; undefined for `none`. */
function addOperation(
  graph: GraphBuilder,
  input: NodeId,
  op: DartsOp,
  options: { name: string; channels: number; stride: number },
): NodeId | undefined {
  const { name, channels, stride } = options;
  const module = `${name}.op`;
  const twice = (kernel: number) => {
    const first = separableConv(graph, input, module, 0, { channels, kernel, stride, dilation: 1 });
    return separableConv(graph, first, module, 4, { channels, kernel, stride: 1, dilation: 1 });
  };
  switch (op) {
    case 'none':
      return undefined;
    case 'skip_connect':
      return stride === 1
        ? input
        : factorizedReduce(graph, input, {
            name,
            outChannels: channels,
            convNames: REDUCE_CONVS,
          });
    case 'sep_conv_3x3':
      return twice(3);
    case 'sep_conv_5x5':
      return twice(5);
    case 'dil_conv_3x3':
      return separableConv(graph, input, module, 0, { channels, kernel: 3, stride, dilation: 2 });
    case 'dil_conv_5x5':
      return separableConv(graph, input, module, 0, { channels, kernel: 5, stride, dilation: 2 });
    case 'avg_pool_3x3':
      return pool3x3(graph, input, { name, kind: 'avg', stride });
    case 'max_pool_3x3':
      return pool3x3(graph, input, { name, kind: 'max', stride });
  }
}
