/**
 * The network graph as data and what follows from it at once, without what builds, writes or reads one. `@tenas/graph` has
 * all of it too.
 * @packageDocumentation
 */
export { blockOutputs } from './blocks.js';
export { type GraphCost, graphCost } from './cost.js';
export { liveNodes } from './liveness.js';
export { keptValues, peakActivations } from './peak-activations.js';
export {
  type Graph,
  type Node,
  type NodeId,
  nodeInputs,
  nodeParams,
  type OpName,
  type Param,
  sizeOf,
} from './types.js';
