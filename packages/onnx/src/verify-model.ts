import { TenasError } from '@tenas/base';
import { type ModelProto, type TensorProto, TensorProto_DataType } from 'onnx-buf';

const VALUE_BYTES: Readonly<Record<number, number>> = {
  [TensorProto_DataType.FLOAT]: 4,
  [TensorProto_DataType.INT64]: 8,
};

/**
 * Checks the structure that ONNX asks for: one default opset, named inputs and outputs, unique value and node names,
 * every value defined before it is used, every output made by something, initializers as long as their shape says.
 * @throws TenasError ONNX_INVALID naming the node or value.
 */
export function verifyModel(model: ModelProto): void {
  const { graph } = model;
  if (graph === undefined) throw invalid('graph', 'the model has no graph');
  if (model.opsetImport.filter(({ domain }) => domain === '').length !== 1) {
    throw invalid('opsetImport', 'the model must import the default operator set exactly once');
  }
  if (graph.input.length === 0 || graph.output.length === 0) {
    throw invalid('graph', 'the graph has no input or no output');
  }

  const defined = new Set<string>();
  const define = (name: string, what: string) => {
    if (name === '') throw invalid(what, `${what} has no name`);
    if (defined.has(name)) throw invalid(name, `the value ${name} (${what}) is defined twice`);
    defined.add(name);
  };
  for (const { name } of graph.input) define(name, 'graph input');
  for (const tensor of graph.initializer) {
    define(tensor.name, 'initializer');
    verifyInitializer(tensor);
  }

  const nodeNames = new Set<string>();
  const read = new Set<string>(graph.output.map(({ name }) => name));
  for (const node of graph.node) {
    if (nodeNames.has(node.name)) throw invalid(node.name, `two nodes are called ${node.name}`);
    nodeNames.add(node.name);
    for (const input of node.input) {
      if (!defined.has(input)) {
        throw invalid(
          node.name,
          `node ${node.name} (${node.opType}) reads ${input}, which is not defined before it`,
        );
      }
      read.add(input);
    }
    for (const output of node.output) define(output, `output of node ${node.name}`);
  }

  for (const { name } of graph.output) {
    if (!defined.has(name)) throw invalid(name, `nothing makes the output ${name}`);
  }
  for (const { name } of graph.initializer) {
    if (!read.has(name)) throw invalid(name, `no node reads the initializer ${name}`);
  }
}

function verifyInitializer(tensor: TensorProto): void {
  const width = VALUE_BYTES[tensor.dataType];
  if (width === undefined)
    throw invalid(tensor.name, `${tensor.name} has the unexpected type ${tensor.dataType}`);
  const expected = tensor.dims.reduce((product, dim) => product * Number(dim), width);
  if (tensor.rawData.length !== expected) {
    const shape = `[${tensor.dims.join(', ')}]`;
    throw invalid(
      tensor.name,
      `${tensor.name} of shape ${shape} needs ${expected} bytes, has ${tensor.rawData.length}`,
    );
  }
}

function invalid(field: string, message: string): TenasError {
  return new TenasError('ONNX_INVALID', `not a valid ONNX model: ${message}`, { field });
}
