import type { ActivationFunction, Graph, Node, NodeId } from '@tenas/graph';

/** Activations of a batch: `data` is [samples][channels][height][width]. */
interface Activation {
  readonly data: Float64Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** What a forward pass gives: the logits, and the sign of every executed ReLU or ReLU6 output, sample by sample. */
export interface ForwardResult {
  readonly logits: Float64Array;
  readonly patterns: readonly string[];
  readonly neurons: number;
}

const clamp = (x: number) => Math.min(Math.max(x, 0), 6);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const activations: Readonly<Record<ActivationFunction, (x: number) => number>> = {
  relu6: clamp,
  hardSwish: (x) => (x * clamp(x + 3)) / 6,
  hardSigmoid: (x) => clamp(x + 3) / 6,
  sigmoid,
  swish: (x) => x * sigmoid(x),
};

/**
 * Plain-loop forward pass in double precision with batch statistics, written against the operations' definitions
 * alone so that it can judge the graphs. Every `mix` and the output are roots; terms with coefficient 0 are skipped.
 */
export function referenceForward(
  graph: Graph,
  parameters: ReadonlyMap<string, ArrayLike<number>>,
  coefficients: ArrayLike<number>,
  input: ArrayLike<number>,
  samples: number,
): ForwardResult {
  const [channels, height, width] = graph.nodes[graph.input]!.shape;
  const values = new Map<NodeId, Activation>();
  values.set(graph.input, { data: Float64Array.from(input), channels, height, width });
  const bits: Uint8Array[] = [];
  const weights = (id: number): ArrayLike<number> => {
    const name = graph.params[id]!.name;
    const found = parameters.get(name);
    if (found === undefined) throw new Error(`no values for ${name}`);
    return found;
  };

  const evaluate = (id: NodeId): Activation => {
    const known = values.get(id);
    if (known !== undefined) return known;
    const node = graph.nodes[id]!;
    const value = compute(node);
    values.set(id, value);
    const rectifies = node.op === 'relu' || (node.op === 'activation' && node.function === 'relu6');
    if (rectifies) bits.push(Uint8Array.from(value.data, (x) => (x > 0 ? 1 : 0)));
    return value;
  };

  function compute(node: Node): Activation {
    const [C, H, W] = node.shape;
    const out = { data: new Float64Array(samples * C * H * W), channels: C, height: H, width: W };
    switch (node.op) {
      case 'input':
        throw new Error('a second input');
      case 'relu':
        return { ...out, data: evaluate(node.input).data.map((x) => Math.max(x, 0)) };
      case 'conv2d':
        return convolve(evaluate(node.input), out, node, weights(node.weight));
      case 'batchNorm':
        return normalise(
          evaluate(node.input),
          out,
          node.eps,
          node.weight === null ? undefined : weights(node.weight),
          node.bias === null ? undefined : weights(node.bias),
        );
      case 'avgPool2d':
      case 'maxPool2d':
        return pool(evaluate(node.input), out, node);
      case 'pad2d': {
        const from = evaluate(node.input);
        for (let plane = 0; plane < samples * C; plane += 1) {
          for (let y = 0; y < H; y += 1) {
            for (let x = 0; x < W; x += 1) {
              const [sy, sx] = [y - node.top, x - node.left];
              if (sy < 0 || sx < 0 || sy >= from.height || sx >= from.width) continue;
              out.data[(plane * H + y) * W + x] = from.data[(plane * from.height + sy) * from.width + sx]!;
            }
          }
        }
        return out;
      }
      case 'mix':
        for (const [term, id] of node.inputs.entries()) {
          const slot = node.slots[term]!;
          const coefficient = slot < 0 ? 1 : coefficients[slot]!;
          if (coefficient === 0) continue;
          const { data } = evaluate(id);
          for (let i = 0; i < data.length; i += 1) out.data[i]! += coefficient * data[i]!;
        }
        return out;
      case 'concat': {
        let offset = 0;
        for (const id of node.inputs) {
          const part = evaluate(id);
          const size = part.channels * H * W;
          for (let n = 0; n < samples; n += 1) {
            out.data.set(part.data.subarray(n * size, (n + 1) * size), (n * C + offset) * H * W);
          }
          offset += part.channels;
        }
        return out;
      }
      case 'globalAvgPool': {
        const { data, height: h, width: w } = evaluate(node.input);
        for (let plane = 0; plane < samples * C; plane += 1) {
          const pixels = data.subarray(plane * h * w, (plane + 1) * h * w);
          out.data[plane] = pixels.reduce((sum, x) => sum + x, 0) / (h * w);
        }
        return out;
      }
      case 'activation':
        return { ...out, data: evaluate(node.input).data.map(activations[node.function]) };
      case 'scale': {
        const [from, factor] = [evaluate(node.input).data, evaluate(node.factor).data];
        return { ...out, data: from.map((x, i) => x * factor[Math.floor(i / (H * W))]!) };
      }
      case 'selectChannels': {
        const from = evaluate(node.input);
        for (let n = 0; n < samples; n += 1) {
          for (const [c, channel] of node.channels.entries()) {
            const start = (n * from.channels + channel) * H * W;
            out.data.set(from.data.subarray(start, start + H * W), (n * C + c) * H * W);
          }
        }
        return out;
      }
      case 'linear': {
        const { data, channels: features } = evaluate(node.input);
        const [weight, bias] = [weights(node.weight), node.bias === null ? undefined : weights(node.bias)];
        for (let n = 0; n < samples; n += 1) {
          for (let k = 0; k < C; k += 1) {
            let sum = bias?.[k] ?? 0;
            for (let f = 0; f < features; f += 1) sum += weight[k * features + f]! * data[n * features + f]!;
            out.data[n * C + k] = sum;
          }
        }
        return out;
      }
    }
  }

  for (const node of graph.nodes) if (node.op === 'mix') evaluate(node.id);
  const logits = evaluate(graph.output).data;
  const patterns = Array.from({ length: samples }, (_, n) =>
    bits.map((b) => b.subarray((n * b.length) / samples, ((n + 1) * b.length) / samples).join('')).join('|'),
  );
  return { logits, patterns, neurons: bits.reduce((sum, b) => sum + b.length / samples, 0) };
}

function convolve(
  from: Activation,
  out: Activation,
  node: Extract<Node, { op: 'conv2d' }>,
  weight: ArrayLike<number>,
): Activation {
  const [kh, kw] = node.kernel;
  const inGroup = from.channels / node.groups;
  const outGroup = out.channels / node.groups;
  const samples = out.data.length / (out.channels * out.height * out.width);
  for (let n = 0; n < samples; n += 1) {
    for (let o = 0; o < out.channels; o += 1) {
      const target = (n * out.channels + o) * out.height * out.width;
      for (let i = 0; i < inGroup; i += 1) {
        const channel = Math.floor(o / outGroup) * inGroup + i;
        const source = (n * from.channels + channel) * from.height * from.width;
        for (let ky = 0; ky < kh; ky += 1) {
          for (let kx = 0; kx < kw; kx += 1) {
            const w = weight[((o * inGroup + i) * kh + ky) * kw + kx]!;
            for (let y = 0; y < out.height; y += 1) {
              const sy = y * node.stride[0] + ky * node.dilation[0] - node.padding[0];
              if (sy < 0 || sy >= from.height) continue;
              for (let x = 0; x < out.width; x += 1) {
                const sx = x * node.stride[1] + kx * node.dilation[1] - node.padding[1];
                if (sx < 0 || sx >= from.width) continue;
                out.data[target + y * out.width + x]! += w * from.data[source + sy * from.width + sx]!;
              }
            }
          }
        }
      }
    }
  }
  return out;
}

function normalise(
  from: Activation,
  out: Activation,
  eps: number,
  weight: ArrayLike<number> | undefined,
  bias: ArrayLike<number> | undefined,
): Activation {
  const pixels = from.height * from.width;
  const samples = from.data.length / (from.channels * pixels);
  for (let c = 0; c < from.channels; c += 1) {
    let [sum, squares] = [0, 0];
    const each = (visit: (index: number) => void): void => {
      for (let n = 0; n < samples; n += 1) {
        const start = (n * from.channels + c) * pixels;
        for (let p = 0; p < pixels; p += 1) visit(start + p);
      }
    };
    each((index) => {
      sum += from.data[index]!;
    });
    const mean = sum / (samples * pixels);
    each((index) => {
      squares += (from.data[index]! - mean) ** 2;
    });
    const scale = (weight?.[c] ?? 1) / Math.sqrt(squares / (samples * pixels) + eps);
    each((index) => {
      out.data[index] = (from.data[index]! - mean) * scale + (bias?.[c] ?? 0);
    });
  }
  return out;
}

function pool(
  from: Activation,
  out: Activation,
  node: Extract<Node, { op: 'avgPool2d' | 'maxPool2d' }>,
): Activation {
  const planes = out.data.length / (out.height * out.width);
  for (let plane = 0; plane < planes; plane += 1) {
    for (let y = 0; y < out.height; y += 1) {
      for (let x = 0; x < out.width; x += 1) {
        let [sum, count, most] = [0, 0, Number.NEGATIVE_INFINITY];
        for (let ky = 0; ky < node.kernel[0]; ky += 1) {
          for (let kx = 0; kx < node.kernel[1]; kx += 1) {
            const sy = y * node.stride[0] + ky - node.padding[0];
            const sx = x * node.stride[1] + kx - node.padding[1];
            if (sy < 0 || sx < 0 || sy >= from.height || sx >= from.width) continue;
            const value = from.data[(plane * from.height + sy) * from.width + sx]!;
            sum += value;
            count += 1;
            most = Math.max(most, value);
          }
        }
        if (node.op === 'avgPool2d' && node.countIncludePad) count = node.kernel[0] * node.kernel[1];
        out.data[(plane * out.height + y) * out.width + x] = node.op === 'avgPool2d' ? sum / count : most;
      }
    }
  }
  return out;
}
