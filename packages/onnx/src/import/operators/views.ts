import { sizeOf } from '@tenas/graph';
import type { NetworkReading } from '../network-reading.js';
import type { OnnxNode } from '../onnx-node.js';
import { axisOf, plainNumbers } from '../shape-numbers.js';
import { BATCH_SIZE, type NetworkValue, type ShapeNumber } from '../value.js';
import type { Operator } from './operator.js';

// Operators that lay the same values out otherwise. The graph has a node only for those that change their order.

const MOST_DIMS = 8;

/** The same values under other dimensions. */
function viewed(node: OnnxNode, reading: NetworkReading, value: NetworkValue, dims: readonly number[]): void {
  if (dims.length === 0 || dims.length > MOST_DIMS || sizeOf(dims) !== sizeOf(value.dims))
    node.invalid(`makes [N, ${dims}] of [N, ${value.dims}]`);
  reading.put(node, { ...value, dims });
}

export const flatten: Operator = {
  attributes: ['axis'],
  read(node, reading) {
    const value = reading.network(node);
    const axis = node.int('axis', 1);
    if (axis !== 1 && axis !== -value.dims.length) node.refuse('axis', axis, '1: all but the batch');
    viewed(node, reading, value, [sizeOf(value.dims)]);
  },
};

export const reshape: Operator = {
  attributes: ['allowzero', 'shape'],
  read(node, reading) {
    const value = reading.network(node);
    const wanted: readonly ShapeNumber[] = reading.numbers(node, 1)?.values ?? node.ints('shape') ?? [];
    const [batch, ...dims] = wanted;
    if (wanted.length > MOST_DIMS + 1) node.invalid(`makes ${wanted.length} dimensions`);
    const copied = node.int('allowzero', 0) === 0;
    const sizes = dims.map((size, axis) => {
      if (size === BATCH_SIZE) return node.refuse('shape', wanted, 'one whose first dimension is the batch');
      return size === 0 && copied ? (value.dims[axis] ?? 0) : size;
    });
    const known = sizeOf(sizes.filter((size) => size !== -1));
    const found = sizes.map((size) => (size === -1 ? sizeOf(value.dims) / known : size));
    const keepsBatch =
      batch === BATCH_SIZE ||
      batch === -1 ||
      (batch === 0 && copied) ||
      (batch !== undefined && batch === reading.fixedBatch);
    if (!keepsBatch || sizeOf(found) !== sizeOf(value.dims) || found.some((size) => !(size >= 1)))
      node.refuse(
        'shape',
        wanted,
        `one that keeps the batch and the ${sizeOf(value.dims)} values of an image`,
      );
    viewed(node, reading, value, found);
    // A shuffle is named after the operator that ends it.
    if (reading.made(value.node).op === 'selectChannels' && node.outputs[0] !== undefined)
      nameShuffle(node, reading, value);
  },
};

/** Suffix of the node that turns groups and channels in the models that tenas writes. */
const TURNED = '/turned';

function nameShuffle(node: OnnxNode, reading: NetworkReading, value: NetworkValue): void {
  if (reading.turned.get(value.node) === `${node.name}${TURNED}`) reading.renamed.set(value.node, node.name);
}

function axesOf(node: OnnxNode, reading: NetworkReading): readonly number[] | undefined {
  const given = reading.numbers(node, 1);
  return given === undefined ? node.ints('axes') : plainNumbers(node, given);
}

export const squeeze: Operator = {
  attributes: ['axes'],
  read(node, reading) {
    const value = reading.network(node);
    const rank = value.dims.length + 1;
    const axes = axesOf(node, reading)?.map((axis) => axisOf(node, axis, rank));
    if (axes?.includes(0)) node.refuse('axes', axes, 'any but the batch');
    const dims = value.dims.filter((dim, place) =>
      axes === undefined ? dim !== 1 : !axes.includes(place + 1),
    );
    viewed(node, reading, value, dims);
  },
};

export const unsqueeze: Operator = {
  attributes: ['axes'],
  read(node, reading) {
    const value = reading.network(node);
    const given = axesOf(node, reading) ?? node.invalid('has no axes');
    if (given.length > MOST_DIMS) node.invalid(`makes ${given.length} dimensions`);
    const rank = value.dims.length + 1 + given.length;
    const axes = given.map((axis) => axisOf(node, axis, rank)).sort((a, b) => a - b);
    if (axes[0] === 0) node.refuse('axes', given, 'any but the batch');
    const dims = [...value.dims];
    for (const axis of axes) dims.splice(axis - 1, 0, 1);
    viewed(node, reading, value, dims);
  },
};

/** A change of order among the dimensions that the channels make up: a shuffle. */
export const transpose: Operator = {
  attributes: ['perm'],
  read(node, reading) {
    const value = reading.network(node);
    const rank = value.dims.length + 1;
    const order = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    if (
      order.length !== rank ||
      new Set(order).size !== rank ||
      order.some((axis) => axis < 0 || axis >= rank)
    )
      node.invalid(`has the order [${order}] of ${rank} dimensions`);
    const [channels] = reading.shapeOf(value.node);
    const places = order.slice(1).map((axis) => axis - 1);
    const leading = value.dims.findIndex((_, end) => {
      const within = places.slice(0, end + 1).every((place) => place <= end);
      const rest = places.slice(end + 1).every((place, after) => place === end + 1 + after);
      return order[0] === 0 && within && rest && sizeOf(value.dims.slice(0, end + 1)) === channels;
    });
    if (leading < 0) {
      if (order.every((axis, place) => axis === place)) return reading.put(node, value);
      node.refuse('perm', order, 'a change of order among the dimensions that make up the channels');
    }
    const dims = places.map((place) => value.dims[place]!);
    const id = reading.select(node, value.node, turnedChannels(value.dims.slice(0, leading + 1), places));
    if (id !== value.node) reading.turned.set(id, node.name);
    reading.put(node, { kind: 'network', node: id, dims });
  },
};

/** The channel at each place once the dimensions that they make up are in another order. */
function turnedChannels(dims: readonly number[], places: readonly number[]): number[] {
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  const order = places.slice(0, dims.length);
  let channels = [0];
  for (const place of order) {
    const steps = Array.from({ length: dims[place]! }, (_, step) => step * strides[place]!);
    channels = channels.flatMap((channel) => steps.map((step) => channel + step));
  }
  return channels;
}
