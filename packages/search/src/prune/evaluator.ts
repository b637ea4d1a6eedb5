import type { NtkOutcome } from '@tenas/metrics';
import type { Domain } from '@tenas/spaces';

/** Numbers of the batch and the weights of one repeat. Same numbers, same batch and weights. */
export interface DrawNumbers {
  readonly batch: number;
  readonly weights: number;
}

/** Networks to evaluate on the same repeats. */
export interface EvaluationRequest {
  /** Networks and settings to use: those of the pruning rounds (default), or of the final ranking. */
  readonly of?: 'rounds' | 'finals';
  readonly candidates: readonly Domain[];
  readonly draws: readonly DrawNumbers[];
  readonly signal?: AbortSignal;
  /** Finished evaluations, of candidates x draws. */
  readonly onProgress?: (done: number) => void;
}

/**
 * The evaluations that a pruning search needs. The real evaluator runs the native engine ({@link createEvaluator});
 * tests and experiments may pass another. Results must depend on the request alone. Rejects, within a second, once the
 * signal is aborted.
 */
export interface SupernetEvaluator extends Disposable {
  /** Condition numbers, [candidate][draw]. */
  ntk(request: EvaluationRequest): Promise<readonly (readonly NtkOutcome[])[]>;
  /** Zen-scores, [candidate][draw]; null: there is none. Of the final ranking alone: candidates have one operation an edge. */
  zen(request: EvaluationRequest): Promise<readonly (readonly (number | null)[])[]>;
  /** Announces the draws of the next `regions`, so that inputs are read while kernels are computed. Optional. */
  expectRegions?(request: Pick<EvaluationRequest, 'of' | 'draws' | 'signal'>): void;
  /** Numbers of linear regions, [candidate][draw]. */
  regions(request: EvaluationRequest): Promise<readonly (readonly number[])[]>;
}
