import {
  type Graph,
  liveNodes,
  type Node,
  type NodeId,
  nodeParams,
  type Param,
  type ParamId,
  validateGraph,
} from '@tenas/graph';
import type { ParameterSource } from './network-reading.js';

/** A graph, and where the values of each of its parameters are. */
export interface FinishedGraph {
  readonly graph: Graph;
  /** In the order of `graph.params`. */
  readonly sources: readonly ParameterSource[];
}

/**
 * The graph with only what its output needs, and the names that nodes and parameters have in the model.
 *
 * @param names of nodes whose names change
 * @param parameters by their names in the graph
 * @throws TenasError GRAPH_INVALID
 */
export function finishedGraph(
  built: Graph,
  names: ReadonlyMap<NodeId, string>,
  parameters: ReadonlyMap<string, ParameterSource>,
): FinishedGraph {
  const live = liveNodes(built, undefined, [built.output, built.input]);
  const kept = built.nodes.filter(({ id }) => live[id]);
  const nodeIds = new Map(kept.map(({ id }, place) => [id, place]));
  const used = new Set(kept.flatMap(nodeParams));
  const params = built.params.filter(({ id }) => used.has(id));
  const paramIds = new Map(params.map(({ id }, place) => [id, place]));
  const sources = params.map(({ name }) => parameters.get(name)!);
  const graph: Graph = {
    nodes: kept.map((node) => ({
      ...moved(node, nodeIds, paramIds),
      id: nodeIds.get(node.id)!,
      name: names.get(node.id) ?? node.name,
    })),
    params: params.map((param, id): Param => ({ ...param, id, name: sources[id]!.name })),
    input: nodeIds.get(built.input)!,
    output: nodeIds.get(built.output)!,
    observed: [],
    slots: [],
  };
  validateGraph(graph);
  return { graph, sources };
}

/** The node with the ids that its inputs and parameters have in the new graph. */
function moved(node: Node, nodes: ReadonlyMap<NodeId, NodeId>, params: ReadonlyMap<ParamId, ParamId>): Node {
  const at = (id: NodeId) => nodes.get(id)!;
  const of = (id: ParamId) => params.get(id)!;
  const ofAny = (id: ParamId | null) => (id === null ? null : of(id));
  switch (node.op) {
    case 'input':
      return node;
    case 'conv2d':
    case 'linear':
      return { ...node, input: at(node.input), weight: of(node.weight), bias: ofAny(node.bias) };
    case 'batchNorm':
      return {
        ...node,
        input: at(node.input),
        weight: ofAny(node.weight),
        bias: ofAny(node.bias),
        runningMean: of(node.runningMean),
        runningVar: of(node.runningVar),
      };
    case 'mix':
    case 'concat':
      return { ...node, inputs: node.inputs.map(at) };
    case 'scale':
      return { ...node, input: at(node.input), factor: at(node.factor) };
    default:
      return { ...node, input: at(node.input) };
  }
}
