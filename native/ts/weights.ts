import { NativeError } from './errors.js';
import { requestObject } from './request-checks.js';

/**
 * Initial weight distributions. Kaiming normal: N(0, 2 / fan) for convolution and linear weights, biases 0 (He et al. 2015);
 * pytorch: torch.nn's default, uniform on +-1/sqrt(fan_in); normal: N(0, 1), biases 0. Batch norm: scale 1, shift 0.
 */
export type Init = (typeof INITS)[number];

/** All initial weight distributions. */
export const INITS = ['kaiming_fan_in', 'kaiming_fan_out', 'pytorch', 'normal'] as const;

/** Initial weights as the addon takes them: by formula. */
export interface AddonSeeded {
  readonly seed: bigint;
  readonly repeat: number;
  readonly init: Init;
  readonly absolute: boolean;
}

/** The numbers that initial weights are made of. */
export interface SeededWeights {
  /** 0 to 2^53 - 1, or a bigint. */
  readonly seed: number | bigint;
  readonly repeat: number;
  readonly init: Init;
  readonly absolute?: boolean | undefined;
}

/**
 * Weights by formula, a pure function of (seed, repeat, parameter name), every value without its sign if `absolute`; or
 * given in full in parameter order.
 */
export type Weights =
  | ({ readonly kind: 'seeded' } & SeededWeights)
  | { readonly kind: 'explicit'; readonly data: Float32Array };

/** Weights as the addon takes them. Throws NativeError REQUEST_INVALID for a seed that is none. */
export function addonWeights(weights: Weights): Float32Array | AddonSeeded {
  requestObject('weights', weights);
  return weights.kind === 'explicit' ? weights.data : addonSeeded(weights);
}

/** Initial weights as the addon takes them. Throws NativeError REQUEST_INVALID for a seed that is none. */
export function addonSeeded({ seed, repeat, init, absolute = false }: SeededWeights): AddonSeeded {
  if (typeof seed !== 'number' && typeof seed !== 'bigint') {
    throw new NativeError(
      'REQUEST_INVALID',
      `seed is of type ${typeof seed}; it must be a whole number from 0 to 2^53 - 1 or a bigint`,
    );
  }
  if (typeof seed === 'number' && (!Number.isSafeInteger(seed) || seed < 0)) {
    throw new NativeError(
      'REQUEST_INVALID',
      `seed is ${seed}; it must be a whole number from 0 to 2^53 - 1 or a bigint`,
    );
  }
  return { seed: BigInt(seed), repeat, init, absolute };
}
