import type { Pair, Shape } from '@tenas/graph';
import type { Sides } from '../network-reading.js';
import type { OnnxNode } from '../onnx-node.js';

/** Attributes of a convolution's or a pool's window. */
export const WINDOW_ATTRIBUTES: readonly string[] = [
  'auto_pad',
  'kernel_shape',
  'strides',
  'pads',
  'dilations',
];

/** The window of a convolution or a pool. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly sides: Sides;
}

/** Reads the window of a node on maps of a shape. @param kernel where the attribute may be left out */
export function windowOf(node: OnnxNode, shape: Shape, kernel?: Pair): Window {
  const found = pairOf(node, 'kernel_shape', kernel);
  const stride = pairOf(node, 'strides', [1, 1]);
  const dilation = pairOf(node, 'dilations', [1, 1]);
  return {
    kernel: found,
    stride,
    dilation,
    sides: sidesOf(node, shape, { kernel: found, stride, dilation }),
  };
}

function pairOf(node: OnnxNode, name: string, fallback: Pair | undefined): Pair {
  const [height, width, ...more] = node.ints(name) ?? fallback ?? node.invalid(`has no ${name}`);
  if (height === undefined || width === undefined || more.length > 0)
    return node.refuse(name, node.ints(name), 'a height and a width');
  return height > 0 && width > 0 ? [height, width] : node.invalid(`has ${name} [${height}, ${width}]`);
}

function sidesOf(node: OnnxNode, shape: Shape, window: Omit<Window, 'sides'>): Sides {
  const auto = node.text('auto_pad', 'NOTSET');
  switch (auto) {
    case 'NOTSET': {
      const [top = 0, left = 0, bottom = 0, right = 0, ...more] = node.ints('pads') ?? [0, 0, 0, 0];
      if (more.length > 0) node.refuse('pads', node.ints('pads'), 'four numbers: top, left, bottom, right');
      return { top, left, bottom, right };
    }
    case 'VALID':
      return { top: 0, left: 0, bottom: 0, right: 0 };
    case 'SAME_UPPER':
    case 'SAME_LOWER': {
      const upper = auto === 'SAME_UPPER';
      const [top, bottom] = sameSides(shape[1], window, 0, upper);
      const [left, right] = sameSides(shape[2], window, 1, upper);
      return { top, bottom, left, right };
    }
    default:
      return node.refuse('auto_pad', auto, 'NOTSET, VALID, SAME_UPPER or SAME_LOWER');
  }
}

/** As much on both sides that the output has ceil(size / stride) places; an odd one out goes to the end where `upper`. */
function sameSides(
  size: number,
  window: Omit<Window, 'sides'>,
  axis: 0 | 1,
  upper: boolean,
): [number, number] {
  const { kernel, stride, dilation } = window;
  const reach = dilation[axis] * (kernel[axis] - 1) + 1;
  const all = Math.max((Math.ceil(size / stride[axis]) - 1) * stride[axis] + reach - size, 0);
  const less = Math.floor(all / 2);
  return upper ? [less, all - less] : [all - less, less];
}

/** The padding, where both sides have the same; else undefined. */
export function symmetric({ top, bottom, left, right }: Sides): Pair | undefined {
  return top === bottom && left === right && top >= 0 && left >= 0 ? [top, left] : undefined;
}
