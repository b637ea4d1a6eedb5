import type { NodeId } from '@tenas/graph';
import type { NetworkReading } from '../network-reading.js';
import { OnnxNode } from '../onnx-node.js';
import { checkStored, type StoredTensor, valuesOf } from '../stored-tensor.js';
import type { NetworkValue } from '../value.js';
import type { Operator } from './operator.js';
import { symmetric, WINDOW_ATTRIBUTES, windowOf } from './window.js';

/** A convolution; a padding that differs between sides becomes zeros around its input. */
export const conv: Operator = {
  attributes: [...WINDOW_ATTRIBUTES, 'group'],
  read(node, reading) {
    const input = reading.map(node);
    const weight = reading.tensor(node, 1);
    const [outChannels = 0, perGroup = 0, height = 0, width = 0, ...more] = weight.dims;
    if (weight.dims.length !== 4 || more.length > 0)
      node.refuse('the shape of the weights', weight.dims, '[out, in / groups, height, width]');
    const { kernel, stride, dilation, sides } = windowOf(node, reading.shapeOf(input), [height, width]);
    const groups = node.int('group', 1);
    const [channels] = reading.shapeOf(input);
    if (kernel.join() !== [height, width].join() || perGroup * groups !== channels)
      node.invalid(
        `has weights [${weight.dims}] for ${channels} channels, ${groups} groups and kernel ${kernel.join('x')}`,
      );
    const padding = symmetric(sides);
    const padded = padding === undefined ? reading.pad(node, input, sides, '/pad') : input;
    const bias = biasOf(node, reading, 2, outChannels);
    const options = { outChannels, kernel, stride, dilation, groups, padding: padding ?? 0 };
    const made = reading.add(node, { op: 'conv2d', nonNegative: false }, (name) => {
      checkStored(weight);
      reading.parameters(name, node, { weight, ...(bias === undefined ? {} : { bias }) });
      return reading.builder.conv2d(padded, { ...options, name, bias: bias !== undefined });
    });
    putMap(node, reading, made);
  },
};

/** A bias of so many values, if there is one. */
function biasOf(
  node: OnnxNode,
  reading: NetworkReading,
  input: number,
  outputs: number,
): StoredTensor | undefined {
  if (reading.value(node, input) === undefined) return undefined;
  const bias = reading.tensor(node, input);
  const values = bias.dims.reduce((product, dim) => product * dim, 1);
  if (values !== outputs || (bias.dims.at(-1) ?? 1) !== outputs)
    node.refuse('the shape of the bias', bias.dims, `[${outputs}]`);
  checkStored(bias);
  return bias;
}

export function putMap(node: OnnxNode, reading: NetworkReading, made: NodeId): void {
  reading.put(node, { kind: 'network', node: made, dims: reading.shapeOf(made) });
}

/** A linear layer; on a flattened map of several pixels it is a convolution whose kernel is the whole map. */
function linear(
  node: OnnxNode,
  reading: NetworkReading,
  layer: {
    readonly input: NetworkValue;
    readonly weight: StoredTensor;
    /** Whether the weights are [in, out]. */
    readonly transposed: boolean;
    readonly bias: StoredTensor | undefined;
  },
): NetworkValue {
  const { input, weight, transposed, bias } = layer;
  const [rows = 0, columns = 0] = weight.dims;
  const [outFeatures, inFeatures] = transposed ? [columns, rows] : [rows, columns];
  const [, height, width] = reading.shapeOf(input.node);
  if (weight.dims.length !== 2 || inFeatures !== input.dims[0])
    node.invalid(`has weights [${weight.dims}] for ${input.dims[0]} features`);
  const flat = height === 1 && width === 1;
  const made = reading.add(node, { op: flat ? 'linear' : 'conv2d', nonNegative: false }, (name) => {
    checkStored(weight);
    reading.parameters(name, node, { weight, ...(bias === undefined ? {} : { bias }) }, { transposed });
    const has = { name, bias: bias !== undefined };
    return flat
      ? reading.builder.linear(input.node, { ...has, outFeatures })
      : reading.builder.conv2d(input.node, { ...has, outChannels: outFeatures, kernel: [height, width] });
  });
  return { kind: 'network', node: made, dims: [outFeatures] };
}

export const gemm: Operator = {
  attributes: ['alpha', 'beta', 'transA', 'transB'],
  read(node, reading) {
    for (const factor of ['alpha', 'beta']) {
      if (node.float(factor, 1) !== 1) node.refuse(factor, node.float(factor, 1), '1');
    }
    if (node.int('transA', 0) !== 0) node.refuse('transA', node.int('transA', 0), '0');
    const input = reading.flat(node);
    const weight = reading.tensor(node, 1);
    const transposed = node.int('transB', 0) === 0;
    const bias = biasOf(node, reading, 2, weight.dims[transposed ? 1 : 0] ?? 0);
    reading.put(node, linear(node, reading, { input, weight, transposed, bias }));
  },
};

/** A product with a matrix, and the bias that an Add after it adds. */
export const matMul: Operator = {
  attributes: [],
  read(node, reading) {
    const input = reading.network(node);
    if (input.dims.length !== 1) node.refuse('input 0', ['N', ...input.dims], 'a matrix [N, features]');
    const weight = reading.tensor(node, 1);
    const next = reading.soleReader(node.outputs[0] ?? '');
    const other = next?.opType === 'Add' ? (next.input.indexOf(node.outputs[0]!) === 0 ? 1 : 0) : undefined;
    const added = other === undefined ? undefined : reading.valueNamed(next!.input[other]!);
    if (added?.kind !== 'tensor') {
      reading.put(node, linear(node, reading, { input, weight, transposed: true, bias: undefined }));
      return;
    }
    const add = new OnnxNode(next!, 0, node.opset);
    const bias = biasOf(add, reading, other!, weight.dims[1] ?? 0);
    reading.taken.add(next!);
    reading.put(add, linear(node, reading, { input, weight, transposed: true, bias }));
  },
};

export const batchNormalization: Operator = {
  attributes: ['epsilon', 'momentum', 'spatial', 'training_mode'],
  read(node, reading) {
    if (node.int('spatial', 1) !== 1) node.refuse('spatial', node.int('spatial', 1), '1');
    const input = reading.network(node);
    const [channels] = reading.shapeOf(input.node);
    if (input.dims[0] !== channels) node.refuse('input 0', ['N', ...input.dims], 'maps of channels');
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map((place) => {
      const tensor = reading.tensor(node, place);
      if (tensor.dims.join() !== String(channels))
        node.invalid(`has [${tensor.dims}] values for ${channels} channels`);
      checkStored(tensor);
      return tensor;
    }) as [StoredTensor, StoredTensor, StoredTensor, StoredTensor];
    const affine = !(isConstant(scale, 1) && isConstant(shift, 0));
    const eps = shortest(node.float('epsilon', Math.fround(1e-5)));
    const made = reading.add(node, { op: 'batchNorm', nonNegative: false }, (name) => {
      reading.parameters(name, node, {
        ...(affine ? { weight: scale, bias: shift } : {}),
        ...{ running_mean: mean, running_var: variance },
      });
      return reading.builder.batchNorm(input.node, { name, affine, eps });
    });
    reading.put(node, { ...input, node: made });
  },
};

/** Whether a tensor is no parameter, by its name, and all its values are one. */
function isConstant(tensor: StoredTensor, value: number): boolean {
  if (/weight|bias|gamma|beta|scale|shift/i.test(tensor.name) || tensor.proto.externalData.length > 0)
    return false;
  return valuesOf(tensor).every((one) => one === value);
}

/** The number with the fewest digits that is the same one in single precision. */
function shortest(single: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const value = Number(single.toPrecision(digits));
    if (Math.fround(value) === single) return value;
  }
  return single;
}
