import { liveNodes } from './liveness.js';
import { type Graph, nodeParams, sizeOf } from './types.js';

/** The cost of a network for one sample. */
export interface GraphCost {
  /** Trainable values (weights and biases, not running statistics) of the nodes that run. */
  readonly params: number;
  /** Multiply-adds of convolutions and linear layers that run. */
  readonly macs: number;
  /**
   * The same number under the name that architecture-search papers use: NAS-Bench-201 and DARTS both report multiply-adds of
   * convolutions and linear layers as FLOPs and leave out biases, batch norm, pooling and additions.
   */
  readonly flops: number;
}

/**
 * Counts parameters and multiply-adds of a candidate; without `coefficients` every branch is active. Parameters that only
 * nodes outside the candidate use don't count. Throws TenasError COEFFICIENTS_INVALID like `liveNodes`.
 */
export function graphCost(graph: Graph, coefficients?: ArrayLike<number>): GraphCost {
  const live = liveNodes(graph, coefficients);
  let params = 0;
  let macs = 0;
  for (const node of graph.nodes) {
    if (!live[node.id]) continue;
    for (const id of nodeParams(node)) {
      const param = graph.params[id]!;
      if (param.kind !== 'bnRunningMean' && param.kind !== 'bnRunningVar') params += sizeOf(param.shape);
    }
    if (node.op === 'conv2d' || node.op === 'linear') {
      const [, height, width] = node.shape;
      macs += sizeOf(graph.params[node.weight]!.shape) * height * width;
    }
  }
  return { params, macs, flops: macs };
}
