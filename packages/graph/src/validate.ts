import { TenasError } from './errors.js';
import { inferShape, LARGEST_TENSOR, paramShapes, refuse } from './infer-shape.js';
import {
  type Graph,
  type Node,
  nodeInputs,
  nodeParams,
  PARAM_KINDS,
  type ParamKind,
  sizeOf,
} from './types.js';

const MOST_NODES = 100_000;
const MOST_SLOTS = 1_000_000;

/** Parameter kinds of an operation, in the order of `nodeParams` of a node that has them all. */
const KINDS: Partial<Record<Node['op'], readonly ParamKind[]>> = {
  conv2d: ['convWeight', 'convBias'],
  linear: ['linearWeight', 'linearBias'],
  batchNorm: ['bnWeight', 'bnBias', 'bnRunningMean', 'bnRunningVar'],
};

/**
 * Checks a whole graph, wherever it came from: order, ids, shapes, parameter shapes and kinds, unique names, sizes.
 * Throws TenasError GRAPH_INVALID naming the node, the field and what would be right.
 */
export function validateGraph(graph: Graph): void {
  const { nodes, params } = graph;
  if (nodes.length === 0 || nodes.length > MOST_NODES)
    refuse('graph', 'nodes', nodes.length, `1 to ${MOST_NODES} nodes`);
  if (graph.slots.length > MOST_SLOTS) refuse('graph', 'slots', graph.slots.length, `at most ${MOST_SLOTS}`);
  if (nodes[graph.input]?.op !== 'input') refuse('graph', 'input', graph.input, 'the id of the input node');
  if (!nodes[graph.output])
    refuse('graph', 'output', graph.output, `the id of a node (0 to ${nodes.length - 1})`);
  checkParams(graph);
  const used = new Set<number>();
  nodes.forEach((node, index) => {
    if (node.id !== index) refuse(node.name, 'id', node.id, `its place in the list, ${index}`);
    if (node.op === 'input' && index !== graph.input)
      refuse(node.name, 'op', 'input', 'the only input of the graph');
    for (const input of nodeInputs(node)) {
      if (!Number.isInteger(input) || input < 0 || input >= index)
        refuse(node.name, 'input', input, 'the id of an earlier node');
    }
    const shape = inferShape(node.name, node, {
      shapeOf: (id) => nodes[id]?.shape,
      outputs: node.shape[0],
      declared: node.op === 'input' || node.op === 'mix' ? node.shape : undefined,
      slots: graph.slots.length,
    });
    if (shape.join() !== node.shape.join())
      refuse(node.name, 'shape', node.shape, `[${shape.join(', ')}] by its inputs`);
    checkNodeParams(graph, node);
    for (const id of nodeParams(node)) {
      if (used.has(id))
        refuse(node.name, 'weight/bias', params[id]?.name, 'a parameter that no other node uses');
      used.add(id);
    }
  });
}

function checkParams({ params }: Graph): void {
  const names = new Set<string>();
  params.forEach((param, index) => {
    const fail = (field: string, value: unknown, wanted: string): never => {
      throw new TenasError(
        'GRAPH_INVALID',
        `parameter '${param.name}': ${field} is ${JSON.stringify(value)}; it must be ${wanted}`,
        {
          field: `${param.name}.${field}`,
          value,
        },
      );
    };
    if (param.id !== index) fail('id', param.id, `its place in the list, ${index}`);
    if (typeof param.name !== 'string' || param.name === '') fail('name', param.name, 'a non-empty string');
    if (names.has(param.name)) fail('name', param.name, 'unique');
    names.add(param.name);
    if (!PARAM_KINDS.includes(param.kind)) fail('kind', param.kind, `one of ${PARAM_KINDS.join(', ')}`);
    if (!param.shape.every((x) => Number.isInteger(x) && x >= 1) || sizeOf(param.shape) > LARGEST_TENSOR) {
      fail('shape', param.shape, `positive whole numbers with at most ${LARGEST_TENSOR} values`);
    }
  });
}

function checkNodeParams(graph: Graph, node: Node): void {
  const kinds = KINDS[node.op];
  if (!kinds) return;
  const ids =
    node.op === 'batchNorm'
      ? [node.weight, node.bias, node.runningMean, node.runningVar]
      : node.op === 'conv2d' || node.op === 'linear'
        ? [node.weight, node.bias]
        : [];
  const shapes = paramShapes(node, graph.nodes[nodeInputs(node)[0]!]?.shape);
  ids.forEach((id, k) => {
    if (id === null) return;
    const param = graph.params[id];
    if (!param || param.kind !== kinds[k])
      return refuse(node.name, kinds[k]!, param?.kind ?? id, `the id of a parameter of kind ${kinds[k]}`);
    if (param.shape.join() !== shapes[k]!.join())
      refuse(node.name, param.name, param.shape, `of shape [${shapes[k]!.join(', ')}]`);
  });
}
