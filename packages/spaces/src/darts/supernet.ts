import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';
import {
  batchNormClassifier,
  convStem,
  factorizedReduce,
  keepAlive,
  pool3x3,
  type SeparableOptions,
  separableConv,
} from '../layers.js';
import { mixEdges, type Supernet, supernetOf } from '../supernet.js';
import { DARTS_OPS, DARTS_STEPS, DARTS_SUPERNET_DECISIONS, type DartsCellType } from './operations.js';
import { type CellPlace, preprocess } from './preprocess.js';
import { type DartsSupernetSize, dartsSupernetSize } from './size.js';

/** Parameter names of the two convolutions of the reference supernet's `FactorizedReduce`. */
const REDUCE_CONVS = ['convs.0', 'convs.1'] as const;

/**
 * The supernet of the DARTS space: stem, 3N cells of four inner nodes (cells N and 2N halve the resolution and double
 * the channels), batch norm, ReLU, global average, classifier. Parameters are named as the reference's
 * `NASNetworkDARTS`, e.g. `cells.0.edges.0<-1._ops.4.op.1.weight` (4 = place of dil_conv_3x3 among the operations).
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function dartsSupernet(given: DartsSupernetSize): Supernet {
  return supernetOf(DARTS_SUPERNET_DECISIONS, buildFrame(given, addMixedCell));
}

/** Adds a cell between the outputs of the two cells before; `states` are these, brought to its channels and size. */
export type AddCell = (graph: GraphBuilder, place: CellPlace, states: NodeId[]) => NodeId;

/** The network around the cells of the supernet. @throws TenasError `CONFIG_INVALID` naming the field. */
export function buildFrame(given: DartsSupernetSize, addCell: AddCell): Graph {
  const size = dartsSupernetSize(given);
  const { C, N, depth, stemMultiplier, inputShape } = size;
  const graph = new GraphBuilder();
  const image = graph.input(inputShape);
  let channels = C;
  let previous = size.useStem ? convStem(graph, image, C * stemMultiplier) : image;
  let beforePrevious = previous;
  let previousType: DartsCellType = 'normal';
  for (let index = 0; index < Math.min(depth, 3 * N); index += 1) {
    const type = index > 0 && index % N === 0 ? 'reduce' : 'normal';
    if (type === 'reduce') channels *= 2;
    const place = { name: `cells.${index}`, type, previousType, channels } as const;
    const states = preprocess(graph, place, { beforePrevious, previous, reduceConvs: REDUCE_CONVS });
    // The reference runs both even if no active operation reads them, and their ReLUs count.
    keepAlive(graph, states, `${place.name}.inputs`);
    const output = graph.markBlock(addCell(graph, place, states));
    beforePrevious = previous;
    previous = output;
    previousType = type;
  }
  return graph.build(batchNormClassifier(graph, previous, size.numClasses));
}

/** A cell of all operations on all edges. */
export function addMixedCell(graph: GraphBuilder, place: CellPlace, states: NodeId[]): NodeId {
  const { name, type, channels } = place;
  for (let node = 0; node < DARTS_STEPS; node += 1) {
    const edges = states.map((input, state) => {
      const edge = `${node}<-${state}`;
      const stride = type === 'reduce' && state < 2 ? 2 : 1;
      const apply = (op: string) =>
        addOperation(graph, input, { op, name: operationPath(name, edge, op), channels, stride });
      return { decision: `${type}/${edge}`, apply };
    });
    states.push(mixEdges(graph, { name: `${name}.node${node}`, ops: DARTS_OPS, edges }));
  }
  return graph.concat(states.slice(2), `${name}.concat`);
}

/** The module of an operation on an edge of a cell. */
export function operationPath(cell: string, edge: string, op: string): string {
  const places: readonly string[] = DARTS_OPS;
  return `${cell}.edges.${edge}._ops.${places.indexOf(op)}`;
}

/** Applies an operation of the supernet; undefined for `none`. */
export function addOperation(
  graph: GraphBuilder,
  input: NodeId,
  options: { op: string; name: string; channels: number; stride: number },
): NodeId | undefined {
  const { op, name, channels, stride } = options;
  const separable = (module: string, o: Omit<SeparableOptions, 'channels'>, from = input) =>
    separableConv(graph, from, module, 0, { channels, ...o });
  const twice = (kernel: number) =>
    separable(
      `${name}.op_b.op`,
      { kernel, stride: 1, dilation: 1 },
      separable(`${name}.op_a.op`, { kernel, stride, dilation: 1 }),
    );
  switch (op) {
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
      return separable(`${name}.op`, { kernel: 3, stride, dilation: 2 });
    case 'dil_conv_5x5':
      return separable(`${name}.op`, { kernel: 5, stride, dilation: 2 });
    case 'avg_pool_3x3':
      return pool3x3(graph, input, { name: `${name}.op`, kind: 'avg', stride });
    case 'max_pool_3x3':
      return pool3x3(graph, input, { name: `${name}.op`, kind: 'max', stride });
    default:
      return undefined;
  }
}
