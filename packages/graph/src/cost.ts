import { TenasError } from '@tenas/base';
import { type Graph, nodeInputs, nodeParams, sizeOf } from './types.js';

/** Coefficient of input `k` of a mix: constant 1 for slot -1; without coefficients every slot counts as active. */
function coefficient(slot: number, coefficients: ArrayLike<number> | undefined): number {
  return slot < 0 || coefficients === undefined ? 1 : (coefficients[slot] ?? 0);
}

/**
 * Which nodes run for a candidate. Roots are the output and every mix; an input of a mix runs iff its coefficient is not 0;
 * anything else runs iff something that runs reads it. Without `coefficients` every branch is active.
 * Throws TenasError COEFFICIENTS_INVALID for a wrong length or a coefficient that is not finite.
 */
export function liveNodes(graph: Graph, coefficients?: ArrayLike<number>): boolean[] {
  if (coefficients && coefficients.length !== graph.slots.length) {
    throw new TenasError(
      'COEFFICIENTS_INVALID',
      `coefficients has ${coefficients.length} values; the graph has ${graph.slots.length} slots`,
      { field: 'coefficients', value: coefficients.length },
    );
  }
  for (let k = 0; coefficients && k < coefficients.length; k++) {
    if (!Number.isFinite(coefficients[k])) {
      throw new TenasError(
        'COEFFICIENTS_INVALID',
        `coefficients[${k}] is ${coefficients[k]}; it must be a finite number (slot '${graph.slots[k]}')`,
        { field: `coefficients[${k}]`, value: coefficients[k] },
      );
    }
  }
  const live = graph.nodes.map((node) => node.op === 'mix' || node.id === graph.output);
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id]!;
    if (!live[id]) continue;
    nodeInputs(node).forEach((input, k) => {
      if (node.op !== 'mix' || coefficient(node.slots[k]!, coefficients) !== 0) live[input] = true;
    });
  }
  return live;
}

/** What a network costs, for one sample. */
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
