import { inferShape, LARGEST_TENSOR, paramShapes, refuse, refuseParam } from './infer-shape.js';
import { checkStructure } from './structure.js';
import {
  type Graph,
  type Node,
  nodeInputs,
  nodeParams,
  type ParamId,
  type ParamKind,
  sizeOf,
} from './types.js';

const MOST_NODES = 100_000;
const MOST_SLOTS = 1_000_000;
/** Most values of all parameters together, and of one sample's tensors together. */
const LARGEST_TOTAL = 2 ** 31;

/** Parameter kinds of an operation, in the order of `nodeParams` of a node that has them all. */
const KINDS: Partial<Record<Node['op'], readonly ParamKind[]>> = {
  conv2d: ['convWeight', 'convBias'],
  linear: ['linearWeight', 'linearBias'],
  batchNorm: ['bnWeight', 'bnBias', 'bnRunningMean', 'bnRunningVar'],
};

/**
 * Checks a whole graph, wherever it came from (a value parsed from JSON will do): fields, order, ids, shapes, parameter shapes
 * and kinds, unique names, sizes. The limits are those of the engine. Throws TenasError GRAPH_INVALID naming the node, the
 * field and what would be right.
 */
export function validateGraph(graph: unknown): asserts graph is Graph {
  checkStructure(graph);
  const { nodes, params } = graph;
  if (nodes.length === 0 || nodes.length > MOST_NODES)
    refuse('graph', 'nodes', nodes.length, `1 to ${MOST_NODES} nodes`);
  if (graph.slots.length > MOST_SLOTS) refuse('graph', 'slots', graph.slots.length, `at most ${MOST_SLOTS}`);
  if (nodes[graph.input]?.op !== 'input') refuse('graph', 'input', graph.input, 'the id of the input node');
  if (!nodes[graph.output])
    refuse('graph', 'output', graph.output, `the id of a node (0 to ${nodes.length - 1})`);
  for (const [place, id] of graph.observed.entries()) {
    const before = graph.observed[place - 1] ?? -1;
    if (id <= before || nodes[id]?.op !== 'mix')
      refuse('graph', `observed[${place}]`, id, `the id of a mix above ${before}`);
  }
  for (const [place, id] of (graph.blocks ?? []).entries()) {
    const before = graph.blocks?.[place - 1] ?? -1;
    if (id <= before || nodes[id] === undefined)
      refuse('graph', `blocks[${place}]`, id, `the id of a node above ${before}`);
  }
  checkParams(graph);
  const used = new Set<number>();
  let activations = 0;
  for (const [index, node] of nodes.entries()) {
    checkNode(graph, node, index);
    checkNodeParams(graph, node);
    for (const id of nodeParams(node)) {
      if (used.has(id))
        refuse(node.name, 'weight/bias', params[id]?.name, 'a parameter that no other node uses');
      used.add(id);
    }
    activations += sizeOf(node.shape);
    if (activations > LARGEST_TOTAL)
      refuse('graph', 'size of all nodes', activations, `at most ${LARGEST_TOTAL} values per sample`);
  }
}

function checkNode({ nodes, input, slots }: Graph, node: Node, index: number): void {
  if (node.id !== index) refuse(node.name, 'id', node.id, `its place in the list, ${index}`);
  if (node.op === 'input' && index !== input) refuse(node.name, 'op', 'input', 'the only input of the graph');
  nodeInputs(node).forEach((id, k) => {
    const field = 'inputs' in node ? `inputs[${k}]` : k === 0 ? 'input' : 'factor';
    if (id < 0 || id >= index) refuse(node.name, field, id, `the id of an earlier node (0 to ${index - 1})`);
  });
  const shape = inferShape(node.name, node, {
    shapeOf: (id) => nodes[id]?.shape,
    outputs: node.shape[0],
    declared: node.op === 'input' || node.op === 'mix' ? node.shape : undefined,
    slots: slots.length,
  });
  if (shape.join() !== node.shape.join())
    refuse(node.name, 'shape', node.shape, `[${shape.join(', ')}] by its inputs`);
}

function checkParams({ params }: Graph): void {
  const names = new Set<string>();
  let total = 0;
  for (const [index, { id, name, shape }] of params.entries()) {
    if (id !== index) refuseParam(name, 'id', id, `its place in the list, ${index}`);
    if (names.has(name)) refuseParam(name, 'name', name, 'unique');
    names.add(name);
    if (!shape.every((x) => x >= 1) || sizeOf(shape) > LARGEST_TENSOR)
      refuseParam(name, 'shape', shape, `positive whole numbers with at most ${LARGEST_TENSOR} values`);
    total += sizeOf(shape);
    if (total > LARGEST_TOTAL)
      refuse('graph', 'size of all parameters', total, `at most ${LARGEST_TOTAL} values`);
  }
}

function checkNodeParams(graph: Graph, node: Node): void {
  const kinds = KINDS[node.op];
  if (!kinds) return;
  const ids =
    node.op === 'batchNorm'
      ? [node.weight, node.bias, node.runningMean, node.runningVar]
      : weightAndBias(node);
  const shapes = paramShapes(node, graph.nodes[nodeInputs(node)[0]!]?.shape);
  for (const [k, id] of ids.entries()) {
    if (id === null) continue;
    const param = graph.params[id];
    const kind = kinds[k]!;
    if (param?.kind !== kind)
      refuse(node.name, kind, param?.kind ?? id, `the id of a parameter of kind ${kind}`);
    const wanted = shapes[k]!;
    if (param.shape.join() !== wanted.join())
      refuseParam(param.name, 'shape', param.shape, `[${wanted.join(', ')}] for node '${node.name}'`);
  }
}

function weightAndBias(node: Node): readonly (ParamId | null)[] {
  return node.op === 'conv2d' || node.op === 'linear' ? [node.weight, node.bias] : [];
}
