import type { Graph } from '@tenas/graph';
import { GRADIENT_SUMS, type GradientAnswer } from '@tenas/native/definitions';

/** The terms that {@link GradientAnswer.sums} sums over the entries of a tensor. */
export const SUMS = {
  absolute: 0,
  square: 1,
  absoluteTimesWeight: 2,
  timesWeight: 3,
  meanOverDeviation: 4,
} as const;

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

/** Sum of at least no numbers. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
