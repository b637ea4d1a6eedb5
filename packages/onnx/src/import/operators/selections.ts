import type { NetworkReading, Sides } from '../network-reading.js';
import type { OnnxNode } from '../onnx-node.js';
import { axisOf, plainNumbers, sliced } from '../shape-numbers.js';
import type { NetworkValue } from '../value.js';
import { putMap } from './layers.js';
import type { Operator } from './operator.js';

/** Some channels of a value whose first dimension these are. */
function putChannels(
  node: OnnxNode,
  reading: NetworkReading,
  value: NetworkValue,
  { channels, output = 0 }: { readonly channels: readonly number[]; readonly output?: number },
): NetworkValue {
  const [available] = reading.shapeOf(value.node);
  if (value.dims[0] !== available) node.refuse('input 0', ['N', ...value.dims], 'a map of channels');
  if (channels.length === 0) node.refuse('the channels', channels, 'at least one');
  const id = reading.select(node, value.node, channels);
  const found: NetworkValue = { kind: 'network', node: id, dims: [channels.length, ...value.dims.slice(1)] };
  reading.put(node, found, output);
  return found;
}

/** A list that is an attribute in earlier opsets and an input in later ones. */
function listOf(
  node: OnnxNode,
  reading: NetworkReading,
  name: string,
  input: number,
): readonly number[] | undefined {
  const given = reading.numbers(node, input);
  return given === undefined ? node.ints(name) : plainNumbers(node, given);
}

/** A slice of channels, a crop of pixels, or both. */
export const slice: Operator = {
  attributes: ['starts', 'ends', 'axes'],
  read(node, reading) {
    let value = reading.network(node);
    const starts = listOf(node, reading, 'starts', 1) ?? node.invalid('has no starts');
    const ends = listOf(node, reading, 'ends', 2) ?? node.invalid('has no ends');
    const axes = listOf(node, reading, 'axes', 3) ?? starts.map((_, place) => place);
    const steps = reading.numbers(node, 4);
    const by = steps === undefined ? starts.map(() => 1) : plainNumbers(node, steps);
    const rank = value.dims.length + 1;
    const wrong = [ends, axes, by].some((list) => list.length !== starts.length) || starts.length > rank;
    if (wrong || by.includes(0)) node.invalid('has starts, ends, axes and steps that do not fit each other');
    const sides = { top: 0, bottom: 0, left: 0, right: 0 };
    for (const [place, start] of starts.entries()) {
      const axis = axisOf(node, axes[place]!, rank);
      const size = value.dims[axis - 1] ?? 0;
      const [end, step] = [ends[place]!, by[place]!];
      if (axis === 0) {
        if (start === 0 && end > LARGEST_BATCH && step === 1) continue;
        node.refuse('axes', axes, 'channels, rows and columns');
      }
      if (axis === 1) {
        value = putChannels(node, reading, value, { channels: sliced(size, start, end, step) });
        continue;
      }
      const kept = sliced(size, start, end, 1);
      if (step !== 1 || kept.length === 0)
        node.refuse('a slice of pixels', [start, end, step], 'one of step 1 that is not empty');
      const cut = { before: -kept[0]!, after: kept[0]! + kept.length - size };
      Object.assign(
        sides,
        axis === 2 ? { top: cut.before, bottom: cut.after } : { left: cut.before, right: cut.after },
      );
    }
    reading.put(node, value);
    if (Object.values(sides).some((side) => side !== 0)) {
      const map = value.dims.join() === reading.shapeOf(value.node).join() ? value.node : reading.map(node);
      putMap(node, reading, reading.pad(node, map, sides));
    }
  },
};

/** An end that means the whole batch, however large. */
const LARGEST_BATCH = 2 ** 31 - 2;

/** Parts of the channels. */
export const split: Operator = {
  attributes: ['axis', 'split', 'num_outputs'],
  read(node, reading) {
    const value = reading.network(node);
    const axis = axisOf(node, node.int('axis', 0), value.dims.length + 1);
    if (axis !== 1) node.refuse('axis', axis, '1: the channels');
    const size = value.dims[0]!;
    const count = node.outputs.length;
    const even = Math.ceil(size / count);
    const parts =
      listOf(node, reading, 'split', 1) ??
      node.outputs.map((_, place) => Math.min(even, size - place * even));
    if (parts.length !== count || parts.some((part) => part < 1) || parts.reduce((a, b) => a + b, 0) !== size)
      node.invalid(`splits ${size} channels into [${parts.slice(0, 20)}]`);
    let first = 0;
    for (const [output, part] of parts.entries()) {
      const start = first;
      const channels = Array.from({ length: part }, (_, place) => start + place);
      putChannels(node, reading, value, { channels, output });
      first += part;
    }
  },
};

/** A list of channels. */
export const gather: Operator = {
  attributes: ['axis'],
  read(node, reading) {
    const value = reading.network(node);
    const axis = axisOf(node, node.int('axis', 0), value.dims.length + 1);
    if (axis !== 1) node.refuse('axis', axis, '1: the channels');
    const indices = reading.numbers(node, 1, 65_536) ?? node.invalid('has no indices');
    if (indices.dims.length !== 1) node.refuse('the indices', indices.dims, 'a list');
    const channels = plainNumbers(node, indices).map((index) => axisOf(node, index, value.dims[0]!));
    putChannels(node, reading, value, { channels });
  },
};

/** Zeros around a map; negative sides crop. */
export const pad: Operator = {
  attributes: ['mode', 'pads', 'value'],
  read(node, reading) {
    const input = reading.map(node);
    if (node.text('mode', 'constant') !== 'constant') node.refuse('mode', node.text('mode', ''), 'constant');
    const filled = reading.numbers(node, 2)?.values[0] ?? node.float('value', 0);
    if (filled !== 0) node.refuse('the value', filled, '0');
    const given = listOf(node, reading, 'pads', 1) ?? node.invalid('has no pads');
    const axes = listOf(node, reading, 'axes', 3) ?? [0, 1, 2, 3];
    if (given.length !== 2 * axes.length || axes.length > 4)
      node.invalid(`has ${given.length} pads for ${axes.length} axes`);
    const pads = new Array<number>(8).fill(0);
    for (const [place, axis] of axes.entries()) {
      pads[axisOf(node, axis, 4)] = given[place]!;
      pads[axisOf(node, axis, 4) + 4] = given[place + axes.length]!;
    }
    const [batch, channels, top, left, batchEnd, channelsEnd, bottom, right] = pads as Eight;
    if ([batch, channels, batchEnd, channelsEnd].some((side) => side !== 0))
      node.refuse('pads', given, 'zeros around rows and columns alone');
    const sides: Sides = { top, bottom, left, right };
    putMap(node, reading, reading.pad(node, input, sides));
  },
};

type Eight = [number, number, number, number, number, number, number, number];
