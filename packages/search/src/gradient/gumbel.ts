import type { RandomStream } from '@tenas/base';
import { softmax } from '../choice-probabilities.js';

/** One draw of GDAS: a choice for each decision, and how it depends on the values. */
export interface GumbelDraw {
  /** The number of each decision's choice: the largest of ln(softmax(alpha)) and Gumbel noise. */
  readonly numbers: readonly number[];
  /** By decision and choice: the softmax of the same sums over tau, whose gradient stands for that of the draw. */
  readonly soft: readonly Float64Array[];
}

/** Draws a choice for each decision, with the probabilities of the softmax of its values, whatever tau is. */
export function gumbelDraw(
  alphas: readonly Float64Array[],
  tau: number,
  random: Pick<RandomStream, 'unit'>,
): GumbelDraw {
  const soft: Float64Array[] = [];
  const numbers = alphas.map((values) => {
    // The softmax of alpha differs from it by a constant in the logarithm, which decides nothing.
    const noisy = values.map((value) => value + gumbelNoise(random));
    soft.push(softmax(noisy, tau));
    return noisy.indexOf(Math.max(...noisy));
  });
  return { numbers, soft };
}

/** Gumbel noise, -ln(-ln(u)) of a uniform number; numbers without a finite one are drawn again. */
export function gumbelNoise(random: Pick<RandomStream, 'unit'>): number {
  for (;;) {
    const noise = -Math.log(-Math.log(1 - random.unit()));
    if (Number.isFinite(noise)) return noise;
  }
}

/** The estimators that are published, see {@link gumbelGradient}. */
export type Estimator = 'G' | 'G-S';

/** Sums that the gradient by the values of a draw is made of, by decision. */
export interface EdgeSums {
  /** Of the gradient at the edge's output times the output of the drawn operation, over all cells, images and pixels. */
  readonly product: readonly number[];
  /** Of the gradient at the edge's output; for `G-S` alone. */
  readonly gradient: readonly number[];
}

/**
 * The gradient of the loss by the values, of one draw: k · soft_i · ((i was drawn) − soft_a) / tau, where a was drawn. k is
 * `product` for `G`, the estimator of the paper and of its code for the DARTS space; and `product` − `gradient` for `G-S`,
 * as the code of NAS-Bench-201 adds the weights, 0 in value, of the operations that were not drawn to the edge's output.
 */
export function gumbelGradient(
  { numbers, soft }: GumbelDraw,
  { product, gradient }: EdgeSums,
  { tau, estimator }: { readonly tau: number; readonly estimator: Estimator },
): Float64Array[] {
  return soft.map((own, decision) => {
    const drawn = numbers[decision]!;
    const slope = (product[decision]! - (estimator === 'G' ? 0 : gradient[decision]!)) / tau;
    return own.map((share, place) => slope * share * ((place === drawn ? 1 : 0) - own[drawn]!));
  });
}

/** tau of an epoch from 0: a straight line from the first epoch's to the last one's. */
export function tauAt(
  epoch: number,
  epochs: number,
  { tauMax, tauMin }: { readonly tauMax: number; readonly tauMin: number },
): number {
  return epochs === 1 ? tauMax : tauMax - ((tauMax - tauMin) * epoch) / (epochs - 1);
}

/** The mean of gradients of several draws. */
export function meanGradient(gradients: readonly Float64Array[][]): Float64Array[] {
  return gradients[0]!.map((first, decision) =>
    first.map(
      (_, place) =>
        gradients.reduce((sum, gradient) => sum + gradient[decision]![place]!, 0) / gradients.length,
    ),
  );
}
