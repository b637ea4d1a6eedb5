/** The outcome of a batch. */
export interface BatchOutcome {
  /** Mean over the images. */
  readonly loss: number;
  /** Share of the images whose largest output is their label's. */
  readonly accuracy: number;
}

/** The outcome of a batch for the architecture. */
export interface ArchitectureOutcome extends BatchOutcome {
  /** Gradient of the loss by the mixing coefficients, by decision and choice; 0 where a choice does not run. */
  readonly gradient: Float64Array[];
  /**
   * By decision: the sum of the gradient at the output of its edge over all cells, images, channels and pixels, whatever
   * runs there. Edges of a node have the same. Where it was asked for.
   */
  readonly sums?: readonly number[] | undefined;
}

/** The state of a training, from which it goes on to the bit. */
export interface SupernetSnapshot {
  /** Weights, running statistics and the optimiser's state. */
  readonly weights: Uint8Array;
  /** Steps of weights and of the architecture. */
  readonly steps: number;
  readonly architectureSteps: number;
}

/** One path that was trained on. */
export interface TrainedPath {
  /** Weights and the optimiser's state, from which the path goes on to the bit. */
  readonly weights: Uint8Array;
  /** Of each step, before its update. */
  readonly outcomes: readonly BatchOutcome[];
  /** On the validation part, with the statistics of each batch; null where it was not asked for. */
  readonly validation: BatchOutcome | null;
}
