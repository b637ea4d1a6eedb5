import { type Graph, liveNodes, sizeOf } from '@tenas/graph/definitions';
import { GRADIENT_SUMS, type GradientAnswer, type GradientTask } from '@tenas/native/definitions';

/** The terms that {@link GradientAnswer.sums} sums over the entries of a tensor. */
export const SUMS = {
  absolute: 0,
  square: 1,
  absoluteTimesWeight: 2,
  timesWeight: 3,
  meanOverDeviation: 4,
} as const;

/** The gradient of the cross-entropy by the parameters, through the batch statistics, as sums: one for all that need it. */
export const LOSS_GRADIENT_SUMS: GradientTask = {
  kind: 'gradient',
  loss: { kind: 'cross-entropy' },
  statistics: 'batch',
  of: ['parameters'],
  reduce: 'sums',
};

/**
 * One of the sums for each layer: the weights, never the biases, of convolutions and linear layers, in the order of the
 * graph's parameters. Layers that did not run have 0.
 */
export function sumsOfLayers(graph: Graph, { sums }: GradientAnswer, column: number): number[] {
  if (sums === undefined) throw new TypeError('the gradient was not asked for as sums by the parameters');
  return graph.params.flatMap(({ kind }, tensor) =>
    kind === 'convWeight' || kind === 'linearWeight' ? [sums[tensor * GRADIENT_SUMS + column]!] : [],
  );
}

/** Squared norm of the gradient by all parameters. @param sums [parameter tensors, 5] */
export function squaresOfAll(sums: Float64Array): number {
  return total(Array.from(sums).filter((_, place) => place % GRADIENT_SUMS === SUMS.square));
}

/** A parameter among the values of all parameters: from `start` to `end`, without it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the parameters that are wanted stand among the values of all, in the graph's order. */
export function spansOf(graph: Graph, wanted: (param: Graph['params'][number]) => boolean): Span[] {
  let start = 0;
  return graph.params.flatMap((param) => {
    const span = { start, end: start + sizeOf(param.shape) };
    start = span.end;
    return wanted(param) ? [span] : [];
  });
}

/** Where the weights of the convolutions and linear layers that run stand among the values of all parameters. */
export function spansOfLayers(graph: Graph, coefficients: Float64Array): Span[] {
  const live = liveNodes(graph, coefficients);
  const running = new Set(
    graph.nodes.flatMap((node) =>
      live[node.id] && (node.op === 'conv2d' || node.op === 'linear') ? [node.weight] : [],
    ),
  );
  return spansOf(graph, ({ id }) => running.has(id));
}

/** The gradient by single parameters, [batches, values of all parameters]. */
export function valuesOfGradient({ parameters }: GradientAnswer): Float32Array {
  if (parameters === undefined)
    throw new TypeError('the gradient was not asked for as values by the parameters');
  return parameters;
}

/** Sum of at least no numbers. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
