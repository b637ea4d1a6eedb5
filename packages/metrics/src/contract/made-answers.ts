import { RandomStream } from '@tenas/base';
import { type Graph, keptValues, sizeOf } from '@tenas/graph';
import { type Answer, type Block, type CodesAnswer, GRADIENT_SUMS, type Task } from '@tenas/native';
import { batchesOf } from '../evaluator/passes.js';
import type { Pass } from '../metric.js';

/** Kinds of numbers in made answers. A network may have died, or overflowed. */
export type Mood = 'sound' | 'all zero' | 'all equal' | 'not a number' | 'infinite';

/** All moods. */
export const MOODS: readonly Mood[] = ['sound', 'all zero', 'all equal', 'not a number', 'infinite'];

/** Answers to a task as the engine might give them, of the right shapes. */
export function madeAnswer(
  task: Task,
  about: { readonly pass: Pass; readonly graph: Graph; readonly mood: Mood },
): Answer {
  const { pass, graph, mood } = about;
  const random = new RandomStream('made answer', JSON.stringify(task), mood);
  const number = () => madeNumber(mood, random);
  const singles = (count: number) => Float32Array.from({ length: count }, number);
  const doubles = (count: number) => Float64Array.from({ length: count }, number);
  const batch = pass.batchSize;
  const outputs = sizeOf(graph.nodes[graph.output]!.shape);
  switch (task.kind) {
    case 'forward':
      return { logits: singles(batch * outputs), statistics: singles(normalised(graph)) };
    case 'ntk': {
      const eigenvalues = Float64Array.from(
        { length: batch },
        (_, place) => (place + 1) * Math.abs(number()),
      );
      return {
        kernel: gram(batch, number),
        eigenvalues: eigenvalues.sort(),
        logits: singles(batch * outputs),
      };
    }
    case 'regions': {
      const samples = batchesOf(pass) * batch;
      return { regions: mood === 'sound' ? Math.ceil(samples / 2) : 1, neurons: NEURONS };
    }
    case 'codes':
      return madeCodes(batch, mood === 'sound', random);
    case 'features':
      return {
        nodes: task.nodes.map((id, place) => {
          const channels = task.channels?.[place]?.length ?? graph.nodes[id]!.shape[0];
          return { mean: doubles(channels), covariance: gram(channels, number) };
        }),
      };
    case 'change':
      return {
        absolute: doubles(batch).map(Math.abs),
        squares: doubles(batch).map((value) => value ** 2),
        statistics: doubles(2 * normalised(graph)).map(Math.abs),
      };
    case 'blocks':
      return {
        blocks: task.blocks.map(({ from, to }) => {
          const [rows, columns] = [foldedChannels(graph, { from, to }), graph.nodes[to]!.shape[0]];
          return { product: doubles(rows * columns), unchanged: false };
        }),
      };
    case 'saliency':
      return {
        loss: number(),
        nodes: task.nodes.map((id) => ({
          products: doubles(batch * graph.nodes[id]!.shape[0]),
          ...(task.correlations ? { outputs: gram(batch, number), gradients: gram(batch, number) } : {}),
        })),
      };
    case 'jacobian':
      return {
        logits: doubles(batch * outputs),
        jacobian: doubles(batch * outputs * task.parameters.length),
      };
    case 'patterns':
      return { patterns: task.nodes.length === 0 ? 0 : mood === 'sound' ? NEURONS : 1, elements: NEURONS };
    case 'pixels':
      return { values: task.ranges.map(({ node, count }) => doubles(count * graph.nodes[node]!.shape[0])) };
    case 'constants':
      return {
        outputs: doubles(task.weights.length * batch * outputs),
        exponents: new Int32Array(task.weights.length),
      };
    case 'curvature':
      return { loss: number(), products: doubles(graph.params.length) };
    case 'gradient': {
      const samples = (task.batches ?? 1) * batch;
      const of = (target: 'parameters' | 'coefficients' | 'input') => task.of.includes(target);
      return {
        loss: number(),
        correct: 0,
        logits: singles(samples * outputs),
        ...(of('parameters') && task.reduce === 'values'
          ? { parameters: singles((samples / batch) * keptValues(graph)) }
          : {}),
        ...(of('parameters') && task.reduce === 'sums'
          ? { sums: doubles(GRADIENT_SUMS * graph.params.length) }
          : {}),
        ...(of('parameters') && task.reduce === 'signs' ? { signs: singles(keptValues(graph)) } : {}),
        ...(of('coefficients') ? { coefficients: doubles(graph.slots.length) } : {}),
        ...(of('input') ? { input: singles(samples * sizeOf(graph.nodes[graph.input]!.shape)) } : {}),
      };
    }
  }
}

/** Values of all parameters, of the same mood as the answers. */
export function madeWeights(graph: Graph, mood: Mood): Float32Array {
  const random = new RandomStream('made weights', mood);
  return Float32Array.from({ length: keptValues(graph) }, () => madeNumber(mood, random));
}

function madeNumber(mood: Mood, random: RandomStream): number {
  switch (mood) {
    case 'sound':
      return random.normal();
    case 'all zero':
      return 0;
    case 'all equal':
      return 1;
    case 'not a number':
      return Number.NaN;
    case 'infinite':
      return Number.POSITIVE_INFINITY;
  }
}

/** ReLU outputs of a sample. */
const NEURONS = 64;

/** Values of means and variances of all batch norms. */
function normalised({ nodes }: Graph): number {
  return nodes.reduce((sum, { op, shape }) => (op === 'batchNorm' ? sum + 2 * shape[0] : sum), 0);
}

/** Patterns that are different, or all the same. */
function madeCodes(batch: number, different: boolean, random: RandomStream): CodesAnswer {
  const codes = Array.from({ length: batch }, () =>
    Array.from({ length: NEURONS }, () => different && random.unit() < 0.5),
  );
  const kernel = Float64Array.from({ length: batch * batch }, (_, place) => {
    const [one, other] = [codes[Math.floor(place / batch)]!, codes[place % batch]!];
    return one.filter((active, neuron) => active === other[neuron]).length;
  });
  return { kernel, neurons: NEURONS, logDeterminant: different ? batch : Number.NEGATIVE_INFINITY };
}

/** Channels of a gradient by a block's input: one for each pixel that belongs to one of its output. */
function foldedChannels({ nodes }: Graph, { from, to }: Block): number {
  const [channels, ...size] = nodes[from]!.shape;
  const [, ...smaller] = nodes[to]!.shape;
  return size.reduce((product, pixels, side) => product * Math.ceil(pixels / smaller[side]!), channels);
}

/** A symmetric matrix without negative eigenvalues, [n, n]. */
function gram(n: number, number: () => number): Float64Array {
  const rows = Array.from({ length: n }, () => Float64Array.from({ length: 8 }, number));
  const matrix = new Float64Array(n * n);
  for (const [i, row] of rows.entries()) {
    for (const [j, other] of rows.entries()) {
      matrix[i * n + j] = row.reduce((sum, value, place) => sum + value * other[place]!, i === j ? 1 : 0);
    }
  }
  return matrix;
}
