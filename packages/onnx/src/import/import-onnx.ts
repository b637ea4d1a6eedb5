import { TenasError } from '@tenas/base';
import { type Graph, paramOffsets, sizeOf } from '@tenas/graph';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from 'onnx-buf';
import { decodeModel } from '../read-model.js';
import { type FinishedGraph, finishedGraph } from './finished-graph.js';
import { NetworkReading } from './network-reading.js';
import { OnnxNode, shownName } from './onnx-node.js';
import { OPERATOR_NAMES, operatorOf } from './operators/index.js';
import { computedNumbers, filledNumbers, plainNumbers } from './shape-numbers.js';
import { type ExternalPiece, externalPiece, storedTensor, valuesOf } from './stored-tensor.js';
import { BATCH_SIZE, type NumbersValue, type ShapeNumber } from './value.js';
import { makeZeros, readZeros } from './zeros.js';

/** Operator sets that are read. */
export const READ_OPSETS = { first: 7, last: 24 } as const;

/** Operators that make numbers which are known without running the network. */
const NUMBER_OPERATORS = ['Constant', 'ConstantOfShape', 'Shape'];

/** Settings of {@link importOnnx}. */
export interface ImportOptions {
  /** Height and width of images where the model leaves them open; without them such a model is refused. */
  readonly imageSize?: readonly [height: number, width: number] | undefined;
}

/** A network that was read from an ONNX model. */
export interface ImportedNetwork {
  /** Without slots; it holds what the model's output needs. */
  readonly graph: Graph;
  readonly opset: number;
  /** Whether parameters of the graph lie in files beside the model. */
  readonly external: boolean;
  /**
   * The model's parameters in `graph.params` order.
   * @param read bytes of a file beside the model
   * @throws TenasError WEIGHTS_INVALID for values that are not finite; ONNX_INVALID; what `read` throws
   */
  weights(read?: (piece: ExternalPiece) => Promise<Uint8Array>): Promise<Float32Array>;
}

/**
 * Reads the network of an ONNX model: one input, images [N, C, H, W], and one output. Operators become nodes of a graph
 * that computes the same; the batch norm's and dropout's mode makes no difference. Parameters keep their names if these
 * say what they are, else they are named after their layer. The model may be from anywhere: memory and work are bounded.
 *
 * @throws TenasError ONNX_UNREADABLE (bytes), ONNX_TOO_LARGE, ONNX_INVALID (a model that contradicts itself),
 *   ONNX_UNSUPPORTED or GRAPH_INVALID (naming the node, its operator and what is supported), OPTIONS_INVALID (no size)
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions = {}): ImportedNetwork {
  const model = decodeModel(bytes);
  const opset = opsetOf(model);
  const graph = model.graph!;
  if (graph.sparseInitializer.length > 0) throw unsupported('sparseInitializer', 'sparse initializers');
  const { reading, output } = readGraph(graph, opset, options);
  const finished = finishedGraph(reading.builder.build(output), reading.renamed, reading.sources);
  return {
    graph: finished.graph,
    opset,
    external: finished.sources.some(({ tensor }) => externalPiece(tensor) !== undefined),
    weights: (read) => weightsOf(finished, read),
  };
}

function unsupported(field: string, problem: string): TenasError {
  return new TenasError('ONNX_UNSUPPORTED', `the ONNX model has ${problem}`, { field });
}

function opsetOf({ opsetImport }: ModelProto): number {
  const found = opsetImport.filter(({ domain }) => domain === '' || domain === 'ai.onnx');
  const version = Number(found[0]?.version ?? 0n);
  const { first, last } = READ_OPSETS;
  if (version >= first && version <= last) return version;
  throw unsupported('opset', `the opset ${version}; supported are ${first} to ${last}`);
}

function readGraph(graph: GraphProto, opset: number, options: ImportOptions) {
  const stored = new Set(graph.initializer.map(({ name }) => name));
  // Old models list their initializers among the inputs.
  const inputs = graph.input.filter(({ name }) => !stored.has(name));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1)
    throw unsupported('input', `${inputs.length} inputs; one is supported, images [N, C, H, W]`);
  const [output] = graph.output;
  if (output === undefined || graph.output.length > 1)
    throw unsupported('output', `${graph.output.length} outputs; one is supported`);
  const { shape, batch } = inputOf(input, options);
  const reading = new NetworkReading(readersOf(graph), batch);
  for (const tensor of graph.initializer) {
    if (tensor.name !== '') reading.define(tensor.name, { kind: 'tensor', tensor: storedTensor(tensor) });
  }
  reading.defineInput(input.name, shape);
  for (const [index, proto] of graph.node.entries()) {
    if (!reading.taken.has(proto)) readNode(new OnnxNode(proto, index, opset), proto, reading);
  }
  return { reading, output: outputOf(output.name, reading) };
}

/** Which nodes read each value; the output counts as one more. */
function readersOf({ node, output }: GraphProto): Map<string, NodeProto[]> {
  const readers = new Map<string, NodeProto[]>();
  for (const proto of node) {
    for (const name of proto.input) {
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [proto]);
      else known.push(proto);
    }
  }
  for (const { name } of output) readers.delete(name);
  return readers;
}

/** Channels, height and width of the images, and the batch size if it is fixed. */
function inputOf({ name, type }: ValueInfoProto, { imageSize }: ImportOptions) {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const sizes = (tensor?.shape?.dim ?? []).map(({ value }) =>
    value.case === 'dimValue' && value.value > 0n ? Number(value.value) : undefined,
  );
  const [batch, channels, height = imageSize?.[0], width = imageSize?.[1]] = sizes;
  if (sizes.length !== 4 || channels === undefined) {
    const shown = sizes.map((size) => size ?? '?').join(', ');
    throw unsupported(
      'input',
      `the input '${shownName(name)}' [${shown}]; supported is [N, channels, height, width]`,
    );
  }
  if (height === undefined || width === undefined) {
    throw new TenasError(
      'OPTIONS_INVALID',
      'the ONNX model leaves height and width of its images open; give them',
      {
        field: 'imageSize',
      },
    );
  }
  return { shape: [channels, height, width] as const, batch };
}

function outputOf(name: string, reading: NetworkReading): number {
  const value = reading.valueNamed(name);
  if (value?.kind !== 'network') {
    const problem = value === undefined ? 'nothing makes it' : 'it does not depend on the images';
    throw new TenasError(
      'ONNX_INVALID',
      `not a valid ONNX model: the output '${shownName(name)}': ${problem}`,
      {
        field: 'output',
      },
    );
  }
  const [, height, width] = reading.shapeOf(value.node);
  const asMade = value.dims.join() === reading.shapeOf(value.node).join();
  if (!asMade && (height !== 1 || width !== 1))
    throw unsupported('output', `the output [N, ${value.dims}]; supported is [N, classes] or a feature map`);
  return value.node;
}

function readNode(node: OnnxNode, proto: NodeProto, reading: NetworkReading): void {
  const operator = operatorOf(node.opType);
  const foreign = proto.domain !== '' && proto.domain !== 'ai.onnx';
  if (
    foreign ||
    (operator === undefined && !NUMBER_OPERATORS.includes(node.opType) && node.inputs.length === 0)
  )
    refuseOperator(node, proto.domain);
  if (readNumbers(node, reading) || readZeros(node, reading)) return;
  if (operator === undefined) refuseOperator(node, proto.domain);
  for (const name of node.attributes) {
    if (!operator.attributes.includes(name)) node.refuse('an attribute', name, listed(operator.attributes));
  }
  operator.read(node, reading);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function refuseOperator(node: OnnxNode, domain: string): never {
  const operator = domain === '' ? node.opType : `${domain}.${node.opType}`;
  return node.refuse('the operator', operator, OPERATOR_NAMES.join(', '));
}

/** Reads a node whose result is known without running the network, as the shapes that a model computes. */
function readNumbers(node: OnnxNode, reading: NetworkReading): boolean {
  switch (node.opType) {
    case 'Constant':
      reading.put(node, constantOf(node));
      return true;
    case 'Shape': {
      const value = reading.value(node, 0);
      if (value === undefined) return node.invalid('has no input');
      const dims: readonly ShapeNumber[] =
        value.kind === 'network' || value.kind === 'zeros'
          ? [BATCH_SIZE, ...value.dims]
          : value.kind === 'tensor'
            ? value.tensor.dims
            : value.dims;
      const values = dims.slice(node.int('start', 0), node.int('end', dims.length));
      reading.put(node, { kind: 'numbers', dims: [values.length], values, integer: true });
      return true;
    }
    case 'ConstantOfShape':
      readFilled(node, reading);
      return true;
    default:
      return readComputed(node, reading);
  }
}

function readComputed(node: OnnxNode, reading: NetworkReading): boolean {
  const values = node.inputs.map((_, input) => reading.value(node, input));
  if (values.length === 0 || values.some((value) => value?.kind === 'network' || value?.kind === 'zeros'))
    return false;
  const [first] = values;
  // PyTorch stores equal tensors once; each layer reads a copy by its own name.
  if (node.opType === 'Identity' && first?.kind === 'tensor') {
    reading.put(node, {
      kind: 'tensor',
      tensor: { ...first.tensor, name: node.outputs[0] ?? first.tensor.name },
    });
    return true;
  }
  const numbers = values.flatMap((_, input): NumbersValue[] => {
    const found = reading.numbers(node, input);
    return found === undefined ? [] : [found];
  });
  const computed = computedNumbers(node, numbers);
  if (computed === undefined) {
    if (operatorOf(node.opType) === undefined) return false;
    return node.refuse('every input', 'a constant', 'one that the network computes of its images');
  }
  reading.put(node, computed);
  return true;
}

function constantOf(node: OnnxNode) {
  const tensor = node.tensor('value');
  if (tensor !== undefined) {
    return { kind: 'tensor', tensor: storedTensor(tensor, node.outputs[0] ?? '') } as const;
  }
  const ints = node.ints('value_ints');
  const [name] = [...node.attributes];
  const list = { value_int: [node.int('value_int', 0)], value_float: [node.float('value_float', 0)] };
  const single = name === 'value_int' || name === 'value_float' ? list[name] : undefined;
  const values =
    ints ?? single ?? node.refuse('an attribute', name, 'value, value_int, value_ints or value_float');
  const dims = ints === undefined ? [] : [ints.length];
  return { kind: 'numbers', dims, values, integer: name !== 'value_float' } as const;
}

/** Zeros for each image, or numbers of a shape. */
function readFilled(node: OnnxNode, reading: NetworkReading): void {
  const shape = reading.numbers(node, 0) ?? node.invalid('has no input');
  const stored = node.tensor('value');
  const [value = 0] = stored === undefined ? [] : valuesOf(storedTensor(stored));
  const [batch, channels, height, width, ...more] = shape.values;
  if (batch !== BATCH_SIZE) {
    reading.put(node, filledNumbers(node, plainNumbers(node, shape), value));
    return;
  }
  if (value !== 0) node.refuse('the value', value, '0');
  const sizes = [channels, height, width];
  if (more.length > 0 || !sizes.every((size) => typeof size === 'number'))
    node.refuse('the shape', shape.values, '[N, channels, height, width]');
  makeZeros(node, reading, sizes as [number, number, number]);
}

async function weightsOf(
  { graph, sources }: FinishedGraph,
  read: ((piece: ExternalPiece) => Promise<Uint8Array>) | undefined,
): Promise<Float32Array> {
  const { offsets, total } = paramOffsets(graph);
  const weights = new Float32Array(total);
  for (const [id, { tensor, transposed }] of sources.entries()) {
    const piece = externalPiece(tensor);
    const { name, kind, shape } = graph.params[id]!;
    if (piece !== undefined && read === undefined)
      throw unsupported(
        name,
        `the values of '${shownName(name)}' in another file, ${shownName(piece.location)}`,
      );
    const stored = valuesOf(tensor, piece === undefined ? undefined : await read!(piece));
    const values = weights.subarray(offsets[id]!, offsets[id]! + sizeOf(shape));
    if (transposed) {
      const [rows, columns] = [tensor.dims[0]!, tensor.dims[1]!];
      for (let place = 0; place < values.length; place++)
        values[place] = stored[(place % rows) * columns + Math.floor(place / rows)]!;
    } else values.set(stored);
    const least = kind === 'bnRunningVar' ? 0 : Number.NEGATIVE_INFINITY;
    const wrong = values.findIndex((value) => !(Number.isFinite(value) && value >= least));
    if (wrong >= 0) {
      const allowed = kind === 'bnRunningVar' ? 'finite and not negative' : 'finite';
      throw new TenasError(
        'WEIGHTS_INVALID',
        `value ${wrong} of parameter ${shownName(name)} is ${values[wrong]}; it must be ${allowed}`,
        { field: name, value: values[wrong] },
      );
    }
  }
  return weights;
}
