import { type Graph, type Node, type NodeId, nodeParams, paramOffsets, sizeOf } from '@tenas/graph';
import { writtenNodes, zeroNodes } from '../../packages/onnx/src/zero-values.js';

/** What an export writes of a graph without slots. */
export interface WrittenGraph {
  readonly graph: Pick<Graph, 'nodes' | 'params'>;
  /** Of its parameters. */
  readonly weights: Float32Array;
  /** Whether nothing is left out but sums of one term. */
  readonly whole: boolean;
}

/**
 * The graph that an export holds: what computes zeros is a sum of nothing, sums of one term are that term, and what the
 * output does not need is left out.
 */
export function writtenGraph(graph: Graph, weights: Float32Array): WrittenGraph {
  const coefficient = () => 1;
  const zero = zeroNodes(graph, coefficient);
  const live = writtenNodes(graph, { zero, coefficient, roots: [graph.output, graph.input] });
  const ids = new Map<NodeId, NodeId>();
  const params = new Map<number, number>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (!live[node.id]) continue;
    const terms = node.op === 'mix' ? node.inputs.filter((id) => !zero[id]) : [];
    if (node.op === 'mix' && terms.length === 1) {
      ids.set(node.id, ids.get(terms[0]!)!);
      continue;
    }
    const kept: Node = zero[node.id]
      ? { id: 0, name: node.name, shape: node.shape, op: 'mix', inputs: [], slots: [] }
      : node.op === 'mix'
        ? { ...node, inputs: terms, slots: terms.map(() => -1) }
        : node;
    for (const id of nodeParams(kept)) params.set(id, params.size);
    const id = nodes.length;
    ids.set(node.id, id);
    nodes.push(moved({ ...kept, id }, ids, params));
  }
  const { offsets } = paramOffsets(graph);
  const kept = [...params.keys()];
  return {
    graph: { nodes, params: kept.map((from, id) => ({ ...graph.params[from]!, id })) },
    weights: Float32Array.from(
      kept.flatMap((id) => {
        const end = offsets[id]! + sizeOf(graph.params[id]!.shape);
        return Array.from(weights.subarray(offsets[id], end));
      }),
    ),
    whole: graph.nodes.every(
      (node) =>
        live[node.id] &&
        (!zero[node.id] || node.op === 'mix') &&
        !(node.op === 'mix' && node.inputs.length === 0),
    ),
  };
}

/** The node with other ids: in fields that hold ids of nodes, and of parameters. */
function moved(node: Node, nodes: ReadonlyMap<number, number>, params: ReadonlyMap<number, number>): Node {
  const moves: Readonly<Record<string, ReadonlyMap<number, number>>> = {
    input: nodes,
    inputs: nodes,
    factor: nodes,
    weight: params,
    bias: params,
    runningMean: params,
    runningVar: params,
  };
  return JSON.parse(JSON.stringify(node), function (this: unknown, field: string, value: unknown) {
    if (typeof value === 'number' && field in moves) return moves[field]!.get(value);
    return field === 'inputs' && Array.isArray(value) ? value.map((id: number) => nodes.get(id)) : value;
  }) as Node;
}
