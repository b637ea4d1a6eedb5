import { type ActivationFunction, type Graph, type Node, paramOffsets } from '@tenas/graph';

/** A batch of feature maps, [N, C, H, W] row-major, in double. */
interface Maps {
  readonly shape: readonly [number, number, number, number];
  readonly data: Float64Array;
}

const clamp = (x: number) => Math.min(Math.max(x, 0), 6);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const ACTIVATIONS: Readonly<Record<ActivationFunction, (x: number) => number>> = {
  relu6: clamp,
  hardSwish: (x) => (x * clamp(x + 3)) / 6,
  hardSigmoid: (x) => clamp(x + 3) / 6,
  sigmoid,
  swish: (x) => x * sigmoid(x),
};

type NodeOf<Op extends Node['op']> = Extract<Node, { op: Op }>;

/**
 * The graph's forward pass in eval mode, straight from the definitions, in double: what the ONNX export is tested
 * against. Every node is computed, whether it reaches the output or not.
 */
export function plainForward(
  graph: Graph,
  weights: Float32Array,
  inputs: Float32Array,
  batch: number,
  coefficients: ArrayLike<number> = [],
): Float32Array {
  const { offsets } = paramOffsets(graph);
  const values: Maps[] = [];
  const param = (id: number, index: number) => weights[offsets[id]! + index]!;
  for (const node of graph.nodes) {
    const result = blank(batch, node.shape);
    fill(result, compute(node, values, param, inputs, coefficients));
    values.push(result);
  }
  return Float32Array.from(values[graph.output]!.data);
}

type Pixel = (n: number, c: number, y: number, x: number) => number;

function compute(
  node: Node,
  values: readonly Maps[],
  param: (id: number, index: number) => number,
  inputs: Float32Array,
  coefficients: ArrayLike<number>,
): Pixel {
  switch (node.op) {
    case 'input': {
      const [channels, height, width] = node.shape;
      return (n, c, y, x) => inputs[((n * channels + c) * height + y) * width + x]!;
    }
    case 'conv2d':
      return convolution(node, values[node.input]!, param);
    case 'batchNorm': {
      const input = values[node.input]!;
      return (n, c, y, x) => {
        const scale = node.weight === null ? 1 : param(node.weight, c);
        const shift = node.bias === null ? 0 : param(node.bias, c);
        const deviation = Math.sqrt(param(node.runningVar, c) + node.eps);
        return ((at(input, n, c, y, x) - param(node.runningMean, c)) / deviation) * scale + shift;
      };
    }
    case 'relu': {
      const input = values[node.input]!;
      return (n, c, y, x) => Math.max(at(input, n, c, y, x), 0);
    }
    case 'activation': {
      const input = values[node.input]!;
      const apply = ACTIVATIONS[node.function];
      return (n, c, y, x) => apply(at(input, n, c, y, x));
    }
    case 'scale': {
      const input = values[node.input]!;
      const factor = values[node.factor]!;
      return (n, c, y, x) => at(input, n, c, y, x) * at(factor, n, c, 0, 0);
    }
    case 'selectChannels': {
      const input = values[node.input]!;
      return (n, c, y, x) => at(input, n, node.channels[c]!, y, x);
    }
    case 'avgPool2d': {
      const input = values[node.input]!;
      return (n, c, y, x) => {
        const inside = windowPixels(node, input, n, c, y, x);
        const sum = inside.reduce((total, value) => total + value, 0);
        return sum / (node.countIncludePad ? node.kernel[0] * node.kernel[1] : inside.length);
      };
    }
    case 'maxPool2d': {
      const input = values[node.input]!;
      return (n, c, y, x) => Math.max(...windowPixels(node, input, n, c, y, x));
    }
    case 'pad2d': {
      const input = values[node.input]!;
      return (n, c, y, x) => atOrZero(input, n, c, y - node.top, x - node.left);
    }
    case 'mix':
      return (n, c, y, x) =>
        node.inputs.reduce((sum, id, term) => {
          const slot = node.slots[term]!;
          const coefficient = slot < 0 ? 1 : coefficients[slot]!;
          return coefficient === 0 ? sum : sum + coefficient * at(values[id]!, n, c, y, x);
        }, 0);
    case 'concat':
      return (n, c, y, x) => {
        let channel = c;
        for (const id of node.inputs) {
          const part = values[id]!;
          if (channel < part.shape[1]) return at(part, n, channel, y, x);
          channel -= part.shape[1];
        }
        throw new RangeError(`channel ${c} of ${node.name}`);
      };
    case 'globalAvgPool': {
      const input = values[node.input]!;
      const [, , height, width] = input.shape;
      return (n, c) => {
        let sum = 0;
        for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) sum += at(input, n, c, y, x);
        return sum / (height * width);
      };
    }
    case 'linear': {
      const input = values[node.input]!;
      const features = input.shape[1];
      return (n, c) => {
        let sum = node.bias === null ? 0 : param(node.bias, c);
        for (let f = 0; f < features; f++)
          sum += param(node.weight, c * features + f) * at(input, n, f, 0, 0);
        return sum;
      };
    }
  }
}

function convolution(
  node: NodeOf<'conv2d'>,
  input: Maps,
  param: (id: number, index: number) => number,
): Pixel {
  const [kernelHeight, kernelWidth] = node.kernel;
  const groupInputs = input.shape[1] / node.groups;
  const groupOutputs = node.shape[0] / node.groups;
  return (n, c, y, x) => {
    const firstInput = Math.floor(c / groupOutputs) * groupInputs;
    let sum = node.bias === null ? 0 : param(node.bias, c);
    for (let i = 0; i < groupInputs; i++) {
      for (let ky = 0; ky < kernelHeight; ky++) {
        for (let kx = 0; kx < kernelWidth; kx++) {
          const row = y * node.stride[0] - node.padding[0] + ky * node.dilation[0];
          const column = x * node.stride[1] - node.padding[1] + kx * node.dilation[1];
          const weight = param(node.weight, ((c * groupInputs + i) * kernelHeight + ky) * kernelWidth + kx);
          sum += weight * atOrZero(input, n, firstInput + i, row, column);
        }
      }
    }
    return sum;
  };
}

/** The values of a pooling window that lie inside the image. */
function windowPixels(
  node: NodeOf<'avgPool2d' | 'maxPool2d'>,
  input: Maps,
  n: number,
  c: number,
  y: number,
  x: number,
): number[] {
  const [, , height, width] = input.shape;
  const inside: number[] = [];
  for (let ky = 0; ky < node.kernel[0]; ky++) {
    for (let kx = 0; kx < node.kernel[1]; kx++) {
      const row = y * node.stride[0] - node.padding[0] + ky;
      const column = x * node.stride[1] - node.padding[1] + kx;
      if (row >= 0 && row < height && column >= 0 && column < width) {
        inside.push(at(input, n, c, row, column));
      }
    }
  }
  return inside;
}

function blank(batch: number, [channels, height, width]: readonly [number, number, number]): Maps {
  return {
    shape: [batch, channels, height, width],
    data: new Float64Array(batch * channels * height * width),
  };
}

function fill(maps: Maps, pixel: Pixel): void {
  const [batch, channels, height, width] = maps.shape;
  let index = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) maps.data[index++] = pixel(n, c, y, x);
      }
    }
  }
}

function at({ shape, data }: Maps, n: number, c: number, y: number, x: number): number {
  return data[((n * shape[1] + c) * shape[2] + y) * shape[3] + x]!;
}

function atOrZero(maps: Maps, n: number, c: number, y: number, x: number): number {
  return y < 0 || y >= maps.shape[2] || x < 0 || x >= maps.shape[3] ? 0 : at(maps, n, c, y, x);
}
