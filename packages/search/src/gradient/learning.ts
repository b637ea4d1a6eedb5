import type { ArchitectureOutcome, BatchOutcome } from '../supernet-training/outcomes.js';
import type { Paths } from '../supernet-training/paths.js';
import type { Alphas } from './alphas.js';

/** The part of a supernet in training that a method needs. */
export interface ArchitectureGradients {
  readonly paths: Paths;
  architectureStep(
    coefficients: readonly Float64Array[],
    options: { readonly sums: boolean },
  ): Promise<ArchitectureOutcome[]>;
}

/** The gradient of a step of the architecture. */
export interface AlphaGradient {
  /** By decision and choice. */
  readonly gradient: Float64Array[];
  readonly outcome: BatchOutcome;
}

/** How the values of an architecture say what runs, and learn from it. */
export interface LearningMethod {
  /** Networks that run in a step of the architecture. */
  readonly passes: number;
  /** Temperature of an epoch from 0; null where the method has none. */
  tau(epoch: number): number | null;
  /** Mixing coefficients for a step of the weights. */
  coefficients(alphas: Alphas, paths: Paths, epoch: number): Float64Array;
  /** The gradient of the loss of the next validation batch by the values. */
  gradient(alphas: Alphas, training: ArchitectureGradients, epoch: number): Promise<AlphaGradient>;
}
