/**
 * All randomness of one repeat. Same draw, same numbers: batches are a function of (seed, batch), weights of
 * (seed, weights, parameter name).
 */
export interface Draw {
  /** 0 to 2^53 - 1. */
  readonly seed: number;
  /** Number of the batch, 0 to 2^32 - 1. */
  readonly batch: number;
  /** Number of the weights, 0 to 2^32 - 1. */
  readonly weights: number;
}

/** The first `count` draws of a seed: each its own batch and weights. */
export function drawsOf(seed: number, count: number): Draw[] {
  return Array.from({ length: count }, (_, repeat) => ({ seed, batch: repeat, weights: repeat }));
}
