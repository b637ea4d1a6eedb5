import { clip, describeValue, TenasError } from '@tenas/base';
import {
  ACTIVATION_FUNCTIONS,
  type Node,
  type NodeId,
  type Operation,
  type Pair,
  type Shape,
} from './types.js';

/** Most values that one sample's tensor or one parameter may have; the engine refuses more. */
export const LARGEST_TENSOR = 2 ** 28;
const LARGEST_DIMENSION = 65_536;
const LARGEST_WINDOW = 255;

/** Throws the error that a graph is refused with, naming node and field. */
export function refuse(node: string, field: string, value: unknown, wanted: string): never {
  throw new TenasError(
    'GRAPH_INVALID',
    `node '${clip(node)}': ${field} is ${describeValue(value)}; it must be ${wanted}`,
    { field: `${node}.${field}`, value },
  );
}

/** The same for a parameter. */
export function refuseParam(name: string, field: string, value: unknown, wanted: string): never {
  throw new TenasError(
    'GRAPH_INVALID',
    `parameter '${clip(name)}': ${field} is ${describeValue(value)}; it must be ${wanted}`,
    { field: `${name}.${field}`, value },
  );
}

/** Checks a number of output channels or features, called `field` in the builder. */
export function checkOutputs(name: string, field: string, outputs: number): void {
  if (!Number.isInteger(outputs) || outputs < 1 || outputs > LARGEST_DIMENSION)
    refuse(name, field, outputs, `a whole number from 1 to ${LARGEST_DIMENSION}`);
}

function checkWindow(name: string, field: string, pair: Pair, least: number): void {
  if (
    !Array.isArray(pair) ||
    pair.length !== 2 ||
    !pair.every((x) => Number.isInteger(x) && x >= least && x <= LARGEST_WINDOW)
  ) {
    refuse(name, field, pair, `two whole numbers from ${least} to ${LARGEST_WINDOW}`);
  }
}

/** Checks a shape's dimensions and size. */
export function checkShape(name: string, shape: Shape): Shape {
  if (
    !Array.isArray(shape) ||
    shape.length !== 3 ||
    !shape.every((x) => Number.isInteger(x) && x >= 1 && x <= LARGEST_DIMENSION) ||
    shape[0] * shape[1] * shape[2] > LARGEST_TENSOR
  ) {
    refuse(
      name,
      'shape',
      shape,
      `[channels, height, width], each a whole number from 1 to ${LARGEST_DIMENSION}, with at most ${LARGEST_TENSOR} values`,
    );
  }
  return shape;
}

/** Output size of a sliding window: floor((in + 2p - d (k - 1) - 1) / s) + 1. */
export function windowOutput(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

function windowShape(
  name: string,
  channels: number,
  input: Shape,
  op: { kernel: Pair; stride: Pair; padding: Pair; dilation?: Pair },
): Shape {
  checkWindow(name, 'kernel', op.kernel, 1);
  checkWindow(name, 'stride', op.stride, 1);
  checkWindow(name, 'padding', op.padding, 0);
  const dilation = op.dilation ?? [1, 1];
  checkWindow(name, 'dilation', dilation, 1);
  const size = ([0, 1] as const).map((axis) =>
    windowOutput(input[axis + 1]!, op.kernel[axis], op.stride[axis], op.padding[axis], dilation[axis]),
  );
  if (size.some((x) => x < 1)) {
    refuse(
      name,
      'kernel',
      op.kernel,
      `small enough for its input of ${input[1]}x${input[2]} with padding ${op.padding.join('x')}`,
    );
  }
  return checkShape(name, [channels, size[0]!, size[1]!]);
}

function checkChannels(name: string, channels: readonly number[], available: number): void {
  if (channels.length === 0) refuse(name, 'channels', channels, 'at least one channel');
  const taken = new Set<number>();
  channels.forEach((channel, k) => {
    if (!Number.isInteger(channel) || channel < 0 || channel >= available)
      refuse(name, `channels[${k}]`, channel, `a channel of the input, 0 to ${available - 1}`);
    if (taken.has(channel)) refuse(name, `channels[${k}]`, channel, 'a channel that is not in the list yet');
    taken.add(channel);
  });
}

/** The surroundings of an operation that its check needs. */
export interface ShapeContext {
  /** Shape of an earlier node, or undefined if there is none. */
  readonly shapeOf: (id: NodeId) => Shape | undefined;
  /** Output channels of a convolution or features of a linear layer. */
  readonly outputs: number;
  /** Shape of an input node or of a mix without inputs. */
  readonly declared?: Shape | undefined;
  readonly slots: number;
}

/**
 * Output shape of an operation, checking every field on the way. Throws TenasError GRAPH_INVALID naming node and field.
 */
export function inferShape(name: string, op: Operation, context: ShapeContext): Shape {
  const shape = (id: NodeId, field: string): Shape =>
    context.shapeOf(id) ?? refuse(name, field, id, 'the id of an earlier node');
  switch (op.op) {
    case 'input':
      return checkShape(name, context.declared ?? refuse(name, 'shape', undefined, 'given'));
    case 'conv2d': {
      const input = shape(op.input, 'input');
      checkOutputs(name, 'outChannels', context.outputs);
      const { groups } = op;
      if (
        !Number.isInteger(groups) ||
        groups < 1 ||
        input[0] % groups !== 0 ||
        context.outputs % groups !== 0
      ) {
        refuse(
          name,
          'groups',
          groups,
          `a divisor of both ${input[0]} input and ${context.outputs} output channels`,
        );
      }
      return windowShape(name, context.outputs, input, op);
    }
    case 'batchNorm':
      if (!(op.eps > 0 && Number.isFinite(op.eps))) refuse(name, 'eps', op.eps, 'a positive number');
      return shape(op.input, 'input');
    case 'relu':
      return shape(op.input, 'input');
    case 'activation':
      if (!ACTIVATION_FUNCTIONS.includes(op.function))
        refuse(name, 'function', op.function, `one of ${ACTIVATION_FUNCTIONS.join(', ')}`);
      return shape(op.input, 'input');
    case 'avgPool2d':
    case 'maxPool2d': {
      const input = shape(op.input, 'input');
      const output = windowShape(name, input[0], input, op);
      if (op.padding[0] * 2 > op.kernel[0] || op.padding[1] * 2 > op.kernel[1]) {
        refuse(name, 'padding', op.padding, `at most half the kernel ${op.kernel.join('x')}`);
      }
      return output;
    }
    case 'pad2d': {
      const input = shape(op.input, 'input');
      for (const side of ['top', 'bottom', 'left', 'right'] as const) {
        if (!Number.isInteger(op[side]) || Math.abs(op[side]) > LARGEST_DIMENSION)
          refuse(name, side, op[side], `a whole number from -${LARGEST_DIMENSION} to ${LARGEST_DIMENSION}`);
      }
      // Where a crop leaves nothing of the input, what the other side pads with remains: zeros.
      const [height, width] = [input[1] + op.top + op.bottom, input[2] + op.left + op.right];
      if (height < 1)
        refuse(
          name,
          'top and bottom',
          [op.top, op.bottom],
          `such that rows remain of the input's ${input[1]}`,
        );
      if (width < 1)
        refuse(
          name,
          'left and right',
          [op.left, op.right],
          `such that columns remain of the input's ${input[2]}`,
        );
      return checkShape(name, [input[0], height, width]);
    }
    case 'mix': {
      if (op.slots.length !== op.inputs.length)
        refuse(name, 'slots', op.slots, `one for each of ${op.inputs.length} inputs`);
      for (const slot of op.slots) {
        if (!Number.isInteger(slot) || slot < -1 || slot >= context.slots) {
          refuse(name, 'slots', slot, `-1 or an index below ${context.slots}`);
        }
      }
      const shapes = op.inputs.map((id, k) => shape(id, `inputs[${k}]`));
      const wanted =
        context.declared ?? shapes[0] ?? refuse(name, 'shape', undefined, 'given when there are no inputs');
      shapes.forEach((found, k) => {
        if (found.join() !== wanted.join())
          refuse(name, `inputs[${k}]`, found, `of shape ${wanted.join('x')} like the mix`);
      });
      return checkShape(name, wanted);
    }
    case 'concat': {
      if (op.inputs.length === 0) refuse(name, 'inputs', op.inputs, 'at least one node');
      const shapes = op.inputs.map((id, k) => shape(id, `inputs[${k}]`));
      const [, height, width] = shapes[0]!;
      shapes.forEach((found, k) => {
        if (found[1] !== height || found[2] !== width)
          refuse(name, `inputs[${k}]`, found, `of height and width ${height}x${width} like the first`);
      });
      return checkShape(name, [shapes.reduce((sum, s) => sum + s[0], 0), height, width]);
    }
    case 'globalAvgPool':
      return [shape(op.input, 'input')[0], 1, 1];
    case 'scale': {
      const input = shape(op.input, 'input');
      const factor = shape(op.factor, 'factor');
      if (factor.join() !== [input[0], 1, 1].join())
        refuse(name, 'factor', factor, `[${input[0]}, 1, 1]: one value for each channel of the input`);
      return input;
    }
    case 'selectChannels': {
      const input = shape(op.input, 'input');
      checkChannels(name, op.channels, input[0]);
      return [op.channels.length, input[1], input[2]];
    }
    case 'linear': {
      const input = shape(op.input, 'input');
      if (input[1] !== 1 || input[2] !== 1)
        refuse(name, 'input', input, '[features, 1, 1] (use globalAvgPool first)');
      checkOutputs(name, 'outFeatures', context.outputs);
      return [context.outputs, 1, 1];
    }
    default:
      return refuse(name, 'op', (op as { op: unknown }).op, 'a known operation');
  }
}

/** Shapes that an operation's parameters must have, in the order weight, bias, running mean, running variance. */
export function paramShapes(op: Node, input: Shape | undefined): readonly (readonly number[])[] {
  switch (op.op) {
    case 'conv2d':
      return [[op.shape[0], (input?.[0] ?? 0) / op.groups, op.kernel[0], op.kernel[1]], [op.shape[0]]];
    case 'linear':
      return [[op.shape[0], input?.[0] ?? 0], [op.shape[0]]];
    case 'batchNorm':
      return [[op.shape[0]], [op.shape[0]], [op.shape[0]], [op.shape[0]]];
    default:
      return [];
  }
}
