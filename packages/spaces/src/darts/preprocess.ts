import type { GraphBuilder, NodeId } from '@tenas/graph';
import { factorizedReduce, reluConvBn } from '../layers.js';
import type { DartsCellType } from './operations.js';

/** Where a cell stands in its network. */
export interface CellPlace {
  /** Module path, e.g. `cells.3`. */
  readonly name: string;
  readonly type: DartsCellType;
  /** Type of the cell before it; after `reduce` the older of a cell's inputs is twice as large as the newer. */
  readonly previousType: DartsCellType;
  /** Channels of each of its states. */
  readonly channels: number;
}

/** Brings the outputs of the two cells before to the channels and size of this one: its states 0 and 1. */
export function preprocess(
  graph: GraphBuilder,
  place: CellPlace,
  options: { beforePrevious: NodeId; previous: NodeId; reduceConvs: readonly [string, string] },
): NodeId[] {
  const { name, previousType, channels: outChannels } = place;
  const { beforePrevious, previous, reduceConvs: convNames } = options;
  const older = { name: `${name}.preprocess0`, outChannels };
  return [
    previousType === 'reduce'
      ? factorizedReduce(graph, beforePrevious, { ...older, convNames })
      : reluConvBn(graph, beforePrevious, { ...older, kernel: 1 }),
    reluConvBn(graph, previous, { name: `${name}.preprocess1`, outChannels, kernel: 1 }),
  ];
}
