import { type Graph, liveNodes, nodeParams } from '@tenas/graph/definitions';
import { type Init, type JacobianTask, symmetricEigenvalues } from '@tenas/native/definitions';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { batchSizeField, initField, networkField } from './fields.js';

/** Whose formula: that of the paper, or of the authors' code, which has one factor transposed. */
export const VKDNW_VARIANTS = ['paper', 'vkdnw'] as const;

/** Settings of {@link vkdnwEntropy}. */
export interface VkdnwSettings {
  /** Default `paper`. */
  readonly variant: (typeof VKDNW_VARIANTS)[number];
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default 64, as published. */
  readonly batchSize: number;
  /** Default `kaiming_fan_in`, as published. */
  readonly init: Init;
}

/** So many parameter tensors at most, the first ones, have a share; the published number. */
const MOST_TENSORS = 128;
/** Share of the predicted classes, the rest is spread evenly; the published value. */
const CONFIDENCE = 0.95;
/** Deciles of the eigenvalues that count. */
const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Keeps quotients and logarithms of 0 finite; the published value. */
const OFFSET = 1e-10;

/**
 * How evenly the parameters matter, higher is better (Tybl and Neumann, CVPR 2025, arXiv 2502.04975): batch norm by its
 * running statistics, which are 0 and 1; J = derivatives of an image's outputs by the first entry of each of the first 128
 * parameter tensors that run, p = 0.95 softmax + 0.05 / classes; F = mean over images of J^T (diag(p) - p p^T) J; deciles 0.1
 * to 0.9 of F's eigenvalues, divided by their sum; their entropy. `vkdnw`: L J in place of L^T J, L the Cholesky factor of the
 * matrix in the middle, as the authors' code has it.
 */
export const vkdnwEntropy: ProbingMetric<VkdnwSettings, readonly [JacobianTask]> = {
  name: 'vkdnw-entropy',
  title: 'entropy of the Fisher information of weights',
  better: 'higher',
  paper: 'Tybl and Neumann, CVPR 2025, arXiv 2502.04975',
  about:
    'How evenly the parameters of a network share the influence on its predictions. If a few directions have all of it, the others can hardly be learned.',
  needs: [],
  settings: z.strictObject({
    variant: z.enum(VKDNW_VARIANTS).default('paper').describe("formula of the paper or of the authors' code"),
    network: networkField(),
    batchSize: batchSizeField(64, 4096),
    init: initField('kaiming_fan_in'),
  }),
  failures: { overflow: 'a derivative is beyond single precision' },
  pass: ({ network, batchSize, init }) => ({ network, inputs: { kind: 'noise' }, batchSize, init }),
  tasks: (_, graph) => [{ kind: 'jacobian', parameters: askedTensors(graph) }],
  value([{ logits, jacobian }], { settings, graph, coefficients }) {
    const { variant, batchSize } = settings;
    const all = askedTensors(graph);
    const running = runningParameters(graph, coefficients);
    const columns = all.flatMap((id, column) => (running.has(id) ? [column] : [])).slice(0, MOST_TENSORS);
    const classes = logits.length / batchSize;
    const factors = new Float64Array(batchSize * classes * columns.length);
    const [derivatives, found] = [new Float64Array(classes), new Float64Array(classes)];
    for (let image = 0; image < batchSize; image++) {
      const first = image * classes;
      const p = smoothed(logits.subarray(first, first + classes));
      const factor = choleskyFactor(p);
      for (let place = 0; place < columns.length; place++) {
        const column = columns[place]!;
        for (let k = 0; k < classes; k++) derivatives[k] = jacobian[(first + k) * all.length + column]!;
        if (variant === 'paper') timesTransposedFactor(p, factor, derivatives, found);
        else timesFactor(p, factor, derivatives, found);
        for (let k = 0; k < classes; k++) factors[(first + k) * columns.length + place] = found[k]!;
      }
    }
    const information = meanProducts(factors, batchSize, columns.length);
    const eigenvalues = Array.from(symmetricEigenvalues(information, columns.length));
    const value = entropy(DECILES.map((share) => quantile(eigenvalues, share)));
    return Number.isFinite(value) ? value : { failure: 'overflow' };
  },
};

/** Ids of the weights and biases: of a supernet all, for the mixing coefficients decide later which ones run. */
function askedTensors(graph: Graph): number[] {
  const running = runningParameters(graph);
  const all = graph.params
    .filter(({ id, kind }) => kind !== 'bnRunningMean' && kind !== 'bnRunningVar' && running.has(id))
    .map(({ id }) => id);
  return graph.slots.length === 0 ? all.slice(0, MOST_TENSORS) : all;
}

function runningParameters(graph: Graph, coefficients?: Float64Array): ReadonlySet<number> {
  const live = liveNodes(graph, coefficients);
  return new Set(graph.nodes.flatMap((node) => (live[node.id] ? nodeParams(node) : [])));
}

function smoothed(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((all, one) => all + one, 0);
  return exponentials.map((one) => (CONFIDENCE * one) / sum + (1 - CONFIDENCE) / logits.length);
}

/** Diagonal of the Cholesky factor L of diag(p) - p p^T, and what its other entries are made of: L_ij = - p_i slope_j. */
interface CholeskyFactor {
  readonly diagonal: Float64Array;
  readonly slopes: Float64Array;
}

function choleskyFactor(p: Float64Array): CholeskyFactor {
  const diagonal = new Float64Array(p.length);
  const slopes = new Float64Array(p.length);
  let before = 1;
  for (const [j, own] of p.entries()) {
    // The last row adds up to 0: the matrix is singular.
    const after = j + 1 === p.length ? 0 : before - own;
    diagonal[j] = Math.sqrt((own * after) / before);
    slopes[j] = after === 0 ? 0 : Math.sqrt(own / (after * before));
    before = after;
  }
  return { diagonal, slopes };
}

/** Writes L v to `found`. */
function timesFactor(
  p: Float64Array,
  { diagonal, slopes }: CholeskyFactor,
  v: Float64Array,
  found: Float64Array,
): void {
  let sum = 0;
  for (let i = 0; i < v.length; i++) {
    found[i] = diagonal[i]! * v[i]! - p[i]! * sum;
    sum += slopes[i]! * v[i]!;
  }
}

/** Writes L^T v to `found`. */
function timesTransposedFactor(
  p: Float64Array,
  { diagonal, slopes }: CholeskyFactor,
  v: Float64Array,
  found: Float64Array,
): void {
  let sum = 0;
  for (let j = v.length - 1; j >= 0; j--) {
    found[j] = diagonal[j]! * v[j]! - slopes[j]! * sum;
    sum += p[j]! * v[j]!;
  }
}

/**
 * Inner products of all pairs of columns over the rows of each image, and their mean over the images.
 *
 * @param rows [images, rows of an image, n]
 */
function meanProducts(rows: Float64Array, images: number, n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  const values = rows.length / images;
  const sums = new Float64Array(n);
  for (let image = 0; image < images; image++) {
    const end = (image + 1) * values;
    for (let i = 0; i < n; i++) {
      sums.fill(0, i);
      for (let row = image * values; row < end; row += n) {
        const left = rows[row + i]!;
        for (let j = i; j < n; j++) sums[j]! += left * rows[row + j]!;
      }
      for (let j = i; j < n; j++) matrix[i * n + j]! += (1 / images) * sums[j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[i * n + j] = matrix[j * n + i]!;
  return matrix;
}

/** A quantile of ascending numbers, by linear interpolation. */
function quantile(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1);
  const below = Math.floor(place);
  const rest = place - below;
  const lower = ascending[below]!;
  return rest === 0 ? lower : lower + rest * (ascending[below + 1]! - lower);
}

function entropy(values: readonly number[]): number {
  const sum = values.reduce((all, one) => all + one, 0) + OFFSET;
  return -values.reduce((all, one) => all + (one / sum) * Math.log(one / sum + OFFSET), 0);
}
