import type { NodeId, Pair } from '@tenas/graph';
import type { NetworkReading, Sides } from '../network-reading.js';
import type { OnnxNode } from '../onnx-node.js';
import { axisOf, plainNumbers } from '../shape-numbers.js';
import { putMap } from './layers.js';
import type { Operator } from './operator.js';
import { symmetric, WINDOW_ATTRIBUTES, type Window, windowOf } from './window.js';

const POOL_ATTRIBUTES = [...WINDOW_ATTRIBUTES, 'ceil_mode'];

/** The window of a pool whose sides reach as far as `ceil_mode` makes it go. */
function poolWindow(
  node: OnnxNode,
  reading: NetworkReading,
  input: NodeId,
): Window & { readonly ceiled: boolean } {
  const window = windowOf(node, reading.shapeOf(input));
  if (window.dilation.some((step) => step !== 1)) node.refuse('dilations', window.dilation, '[1, 1]');
  if (Object.values(window.sides).some((side) => side < 0)) node.invalid('has a negative padding');
  if (node.int('ceil_mode', 0) === 0) return { ...window, ceiled: false };
  const [, height, width] = reading.shapeOf(input);
  const { sides } = window;
  const below = excess(height, window, 0, sides.top, sides.bottom);
  const beside = excess(width, window, 1, sides.left, sides.right);
  return {
    ...window,
    sides: { ...sides, bottom: sides.bottom + below, right: sides.right + beside },
    ceiled: below > 0 || beside > 0,
  };
}

/** Pixels that the last window of an axis reaches beyond the padding; a window that begins beyond the image is none. */
function excess(
  size: number,
  { kernel, stride }: Window,
  axis: 0 | 1,
  before: number,
  after: number,
): number {
  const room = size + before + after - kernel[axis];
  const places = Math.ceil(room / stride[axis]);
  const last = places * stride[axis] >= size + before ? places - 1 : places;
  return Math.max(last * stride[axis] - room, 0);
}

/** The padding of a pool that the engine has: the same on both sides, of at most half the kernel. */
function poolPadding(sides: Sides, kernel: Pair): Pair | undefined {
  const padding = symmetric(sides);
  return padding?.every((side, axis) => 2 * side <= kernel[axis]!) ? padding : undefined;
}

/** Other paddings are zeros around the image where these never win: among values that are not below 0. */
export const maxPool: Operator = {
  attributes: [...POOL_ATTRIBUTES, 'storage_order'],
  read(node, reading) {
    const input = reading.map(node);
    const { kernel, stride, sides, ceiled } = poolWindow(node, reading, input);
    const padding = poolPadding(sides, kernel);
    const { nonNegative } = reading.made(input);
    if (padding === undefined && !nonNegative) {
      const wanted =
        'a padding that is equal on both sides, unless the input is never below 0, as after a ReLU';
      node.refuse(ceiled ? 'ceil_mode' : 'pads', ceiled ? 1 : Object.values(sides), wanted);
    }
    const padded = padding === undefined ? reading.pad(node, input, sides, '/pad') : input;
    const made = reading.add(node, { op: 'maxPool2d', nonNegative }, (name) =>
      reading.builder.maxPool2d(padded, { name, kernel, stride, padding: padding ?? 0 }),
    );
    putMap(node, reading, made);
  },
};

export const averagePool: Operator = {
  attributes: [...POOL_ATTRIBUTES, 'count_include_pad'],
  read(node, reading) {
    const input = reading.map(node);
    const { kernel, stride, sides, ceiled } = poolWindow(node, reading, input);
    if (ceiled) node.refuse('ceil_mode', 1, '0, unless all windows lie within the padded image');
    const countIncludePad = node.int('count_include_pad', 0) !== 0;
    const padding = poolPadding(sides, kernel);
    if (padding === undefined && !countIncludePad)
      node.refuse(
        'pads',
        Object.values(sides),
        'equal on both sides and at most half the kernel, or with count_include_pad',
      );
    const padded = padding === undefined ? reading.pad(node, input, sides, '/pad') : input;
    const { nonNegative } = reading.made(input);
    const made = reading.add(node, { op: 'avgPool2d', nonNegative }, (name) =>
      reading.builder.avgPool2d(padded, { name, kernel, stride, padding: padding ?? 0, countIncludePad }),
    );
    putMap(node, reading, made);
  },
};

function averaged(node: OnnxNode, reading: NetworkReading, input: NodeId): NodeId {
  const { nonNegative } = reading.made(input);
  return reading.add(node, { op: 'globalAvgPool', nonNegative }, (name) =>
    reading.builder.globalAvgPool(input, name),
  );
}

export const globalAveragePool: Operator = {
  attributes: [],
  read: (node, reading) => putMap(node, reading, averaged(node, reading, reading.map(node))),
};

export const globalMaxPool: Operator = {
  attributes: [],
  read(node, reading) {
    const input = reading.map(node);
    const [, height, width] = reading.shapeOf(input);
    const { nonNegative } = reading.made(input);
    const made = reading.add(node, { op: 'maxPool2d', nonNegative }, (name) =>
      reading.builder.maxPool2d(input, { name, kernel: [height, width] }),
    );
    putMap(node, reading, made);
  },
};

/** The mean over all pixels of each channel, however they are laid out. */
export const reduceMean: Operator = {
  attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
  read(node, reading) {
    const value = reading.network(node);
    const rank = value.dims.length + 1;
    const given = reading.numbers(node, 1);
    const axes = given === undefined ? (node.ints('axes') ?? []) : plainNumbers(node, given);
    const along = new Set(axes.map((axis) => axisOf(node, axis, rank)));
    const [channels] = reading.shapeOf(value.node);
    const pixels = value.dims.map((_, axis) => axis + 1).slice(1);
    if (value.dims[0] !== channels || along.size !== pixels.length || pixels.some((axis) => !along.has(axis)))
      node.refuse('axes', axes, `[${pixels}]: all but batch and channels`);
    const made = averaged(node, reading, value.node);
    const kept = node.int('keepdims', 1) === 0 ? [] : pixels.map(() => 1);
    reading.put(node, { kind: 'network', node: made, dims: [channels, ...kept] });
  },
};
