import { TenasError } from '@tenas/base';
import {
  ACTIVATION_FUNCTIONS,
  type Graph,
  type Node,
  PARAM_KINDS,
  type Param,
  unobservedMixes,
  validateGraph,
} from '@tenas/graph';

/** First two words of an encoded graph: "TNAS" and the format's version. */
export const ENCODING_MAGIC = 0x544e4153;
export const ENCODING_VERSION = 1;
const HEADER_WORDS = 8;
const NODE_HEADER_WORDS = 5;

const OPCODES = {
  input: 0,
  conv2d: 1,
  batchNorm: 2,
  relu: 3,
  avgPool2d: 4,
  maxPool2d: 5,
  pad2d: 6,
  mix: 7,
  concat: 8,
  globalAvgPool: 9,
  linear: 10,
  activation: 11,
  scale: 12,
  selectChannels: 13,
} as const satisfies Record<Node['op'], number>;

/** Stream of a parameter in the engine's weight generator: FNV-1a, 64 bits, of the name's UTF-8 bytes. */
export function paramKey(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

/** The two 32-bit words of a double, low word first. */
function doubleWords(value: number): [number, number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

function payload(node: Node): number[] {
  switch (node.op) {
    case 'input':
      return [];
    case 'conv2d':
      return [
        node.input,
        node.weight,
        node.bias ?? -1,
        ...node.kernel,
        ...node.stride,
        ...node.padding,
        ...node.dilation,
        node.groups,
      ];
    case 'batchNorm':
      return [
        node.input,
        node.weight ?? -1,
        node.bias ?? -1,
        node.runningMean,
        node.runningVar,
        ...doubleWords(node.eps),
      ];
    case 'relu':
    case 'globalAvgPool':
      return [node.input];
    case 'activation':
      return [node.input, ACTIVATION_FUNCTIONS.indexOf(node.function)];
    case 'avgPool2d':
      return [node.input, ...node.kernel, ...node.stride, ...node.padding, node.countIncludePad ? 1 : 0];
    case 'maxPool2d':
      return [node.input, ...node.kernel, ...node.stride, ...node.padding];
    case 'pad2d':
      return [node.input, node.top, node.bottom, node.left, node.right];
    case 'mix':
      return [node.inputs.length, ...node.inputs.flatMap((id, k) => [id, node.slots[k]!])];
    case 'concat':
      return [node.inputs.length, ...node.inputs];
    case 'scale':
      return [node.input, node.factor];
    case 'selectChannels':
      return [node.input, node.channels.length, ...node.channels];
    case 'linear':
      return [node.input, node.weight, node.bias ?? -1];
  }
}

/** The reference takes the gradients of named parameters only; running statistics have none, whatever they are called. */
function inNtk({ name, kind }: Param): boolean {
  return name.includes('weight') && kind !== 'bnRunningMean' && kind !== 'bnRunningVar';
}

function paramWords(param: Param): number[] {
  const dims = [...param.shape];
  while (dims.length < 4) dims.push(1);
  const key = paramKey(param.name);
  return [
    PARAM_KINDS.indexOf(param.kind),
    inNtk(param) ? 1 : 0,
    param.shape.length,
    ...dims,
    Number(BigInt.asIntN(32, key)),
    Number(BigInt.asIntN(32, key >> 32n)),
  ];
}

/** The engine runs every mix, so one that a candidate could do without has to be observed. */
function checkMixes(graph: Graph): void {
  const [mix] = unobservedMixes(graph);
  if (mix === undefined) return;
  throw new TenasError(
    'GRAPH_INVALID',
    `node '${mix.name}': observed must be true for a mix that the output may not need, got false`,
    { field: `${mix.name}.observed`, value: false },
  );
}

/**
 * Encodes a graph for the engine: a header of 8 words, a record for each node (opcode, length, output shape, payload), 9 words
 * for each parameter. Throws TenasError GRAPH_INVALID for a graph that does not hold together, or a mix that is
 * not observed although the output may not need it.
 */
export function encodeGraph(graph: Graph): Int32Array {
  validateGraph(graph);
  checkMixes(graph);
  const words: number[] = [];
  for (const node of graph.nodes) {
    const data = payload(node);
    words.push(OPCODES[node.op], data.length + NODE_HEADER_WORDS, ...node.shape);
    // One by one: a mix may have more inputs than a call can have arguments.
    for (const word of data) words.push(word);
  }
  for (const param of graph.params) words.push(...paramWords(param));
  const header = [
    ENCODING_MAGIC,
    ENCODING_VERSION,
    graph.nodes.length,
    graph.params.length,
    graph.slots.length,
    graph.input,
    graph.output,
    HEADER_WORDS + words.length,
  ];
  return Int32Array.from([...header, ...words]);
}
