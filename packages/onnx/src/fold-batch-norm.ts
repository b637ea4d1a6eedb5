import { type Graph, liveNodes, type Node, nodeInputs, nodeParams, sizeOf } from '@tenas/graph';
import { offsetsIn } from './weight-offsets.js';
import { zeroNodes } from './zero-values.js';

type Convolution = Extract<Node, { op: 'conv2d' }>;
type BatchNorm = Extract<Node, { op: 'batchNorm' }>;

/** Result of {@link foldBatchNorms}. */
export interface FoldedNetwork {
  /**
   * The network for inference: it computes what the one given does with its running statistics. Its node and parameter
   * ids are those of the one given; the biases are added, parameters of folded batch norms stay in the list, unread.
   */
  readonly graph: Graph;
  /** All parameters in the order of the new graph's `params`. */
  readonly weights: Float32Array;
  /** Batch norms that became part of the convolution before them. */
  readonly folded: number;
  /** Batch norms that the output needs and that stayed: none of them directly follows a convolution that nothing else reads. */
  readonly left: number;
}

/**
 * Folds every batch norm into the convolution before it, with its running statistics: the convolution's weights are
 * scaled per output channel by `weight / sqrt(running_var + eps)`, and it gets a bias. This is exact but for rounding
 * where nothing else reads the convolution. Others stay: those after a sum, a pool or a concatenation (pre-activation),
 * those whose convolution shares its weights or sees nothing but zeros, and those whose folded values would not be finite.
 *
 * @param weights all parameters in `graph.params` order; they are not changed.
 * @param coefficients one for each of `graph.slots`; what has coefficient 0 does not count as a reader.
 * @throws TenasError WEIGHTS_INVALID (length), COEFFICIENTS_INVALID.
 */
export function foldBatchNorms(
  graph: Graph,
  weights: Float32Array,
  coefficients: ArrayLike<number> = [],
): FoldedNetwork {
  const offsets = offsetsIn(graph, weights);
  const values = (id: number) =>
    weights.subarray(offsets[id]!, offsets[id]! + sizeOf(graph.params[id]!.shape));
  const live = liveNodes(graph, coefficients, [graph.output, graph.input]);
  const norms = graph.nodes.filter((node): node is BatchNorm => node.op === 'batchNorm' && live[node.id]!);
  const pairs = foldable(graph, live, norms, coefficients).flatMap(({ norm, convolution }) => {
    const folded = fold(convolution, norm, values);
    return folded === null ? [] : [{ norm, convolution, ...folded }];
  });
  return {
    ...rewrite(graph, pairs, weights, offsets),
    folded: pairs.length,
    left: norms.length - pairs.length,
  };
}

interface Pair {
  readonly norm: BatchNorm;
  readonly convolution: Convolution;
}

interface FoldedPair extends Pair {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

function foldable(
  graph: Graph,
  live: readonly boolean[],
  norms: readonly BatchNorm[],
  coefficients: ArrayLike<number>,
): Pair[] {
  const zero = zeroNodes(graph, (slot) => (slot < 0 ? 1 : coefficients[slot]!));
  const readers = graph.nodes.map(() => 0);
  const users = graph.params.map(() => 0);
  for (const node of graph.nodes) {
    for (const id of nodeParams(node)) users[id]!++;
    if (!live[node.id]) continue;
    for (const [term, id] of nodeInputs(node).entries()) {
      const off = node.op === 'mix' && coefficients[node.slots[term]!] === 0;
      if (!off) readers[id]!++;
    }
  }
  return norms.flatMap((norm) => {
    const convolution = graph.nodes[norm.input]!;
    return convolution.op === 'conv2d' &&
      !zero[convolution.id] &&
      readers[convolution.id] === 1 &&
      convolution.id !== graph.output &&
      nodeParams(convolution).every((id) => users[id] === 1)
      ? [{ norm, convolution }]
      : [];
  });
}

/** Weights and biases of both in one convolution, computed in double; null where a value is not finite. */
function fold(
  convolution: Convolution,
  norm: BatchNorm,
  values: (id: number) => Float32Array,
): { weight: Float32Array; bias: Float32Array } | null {
  const [mean, variance] = [values(norm.runningMean), values(norm.runningVar)];
  const scale = Float64Array.from(variance, (value, channel) => {
    const factor = norm.weight === null ? 1 : values(norm.weight)[channel]!;
    return factor / Math.sqrt(value + norm.eps);
  });
  const given = values(convolution.weight);
  const perChannel = given.length / scale.length;
  const weight = given.map((value, index) => value * scale[Math.floor(index / perChannel)]!);
  const bias = Float32Array.from(scale, (factor, channel) => {
    const before = convolution.bias === null ? 0 : values(convolution.bias)[channel]!;
    const shift = norm.bias === null ? 0 : values(norm.bias)[channel]!;
    return shift + (before - mean[channel]!) * factor;
  });
  return [weight, bias].every((list) => list.every(Number.isFinite)) ? { weight, bias } : null;
}

/** The graph with the folded convolutions; a mix of one term, which costs nothing, takes the place of a batch norm. */
function rewrite(
  graph: Graph,
  pairs: readonly FoldedPair[],
  weights: Float32Array,
  offsets: readonly number[],
): Pick<FoldedNetwork, 'graph' | 'weights'> {
  const nodes = [...graph.nodes];
  const params = [...graph.params];
  const changed = weights.slice();
  const added: Float32Array[] = [];
  const names = new Set(params.map(({ name }) => name));
  for (const { norm, convolution, weight, bias } of pairs) {
    changed.set(weight, offsets[convolution.weight]!);
    let place = convolution.bias;
    if (place === null) {
      place = params.length;
      const name = freeName(convolution.name, names);
      params.push({ id: place, name, kind: 'convBias', shape: [bias.length] });
      added.push(bias);
    } else {
      changed.set(bias, offsets[place]!);
    }
    nodes[convolution.id] = { ...convolution, bias: place };
    const { id, name, shape } = norm;
    nodes[id] = { id, name, shape, op: 'mix', inputs: [convolution.id], slots: [-1] };
  }
  return { graph: { ...graph, nodes, params }, weights: joined([changed, ...added]) };
}

/** `stem.0.bias` for `stem.0`, unless a parameter has that name. */
function freeName(node: string, names: Set<string>): string {
  let name = `${node}.bias`;
  for (let suffix = 2; names.has(name); suffix++) name = `${node}.bias_${suffix}`;
  names.add(name);
  return name;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
