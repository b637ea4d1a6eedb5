import type { ProgramHandle } from './program-handle.js';
import type { AddonSeeded } from './weights.js';

/** A trainer inside the addon. */
export interface TrainerHandle {
  readonly __trainer: unique symbol;
}

/** Settings of a trainer as the addon takes them; what an optimiser does not use is there all the same. */
export interface AddonTrainerOptions {
  /** By formula, in full, or a snapshot. */
  readonly weights: AddonSeeded | Float32Array | Uint8Array;
  readonly optimiser: {
    readonly kind: 'sgd' | 'adam' | 'adamw';
    readonly momentum: number;
    readonly nesterov: boolean;
    readonly betas: readonly [number, number];
    readonly eps: number;
    /** [parameter tensors] */
    readonly weightDecay: Float64Array;
    /** [parameter tensors], factors of the learning rate */
    readonly rate: Float64Array;
    readonly untouched: 'keep' | 'decay';
  };
  readonly labelSmoothing: number;
  /** Samples of an image. */
  readonly tiles: number;
  /** Height and width of the labels of a sample; 0 and 0: one label. */
  readonly pixelRows: number;
  readonly pixelColumns: number;
  /** 0: never */
  readonly clip: number;
  /** Node ids. */
  readonly dropPath: Int32Array;
  readonly dropout: Int32Array;
  readonly heads: Int32Array;
  readonly headWeights: Float64Array;
  readonly threads: number;
  readonly reference: boolean;
  /** '' for the best available. */
  readonly isa: string;
  readonly device: 'cpu' | 'cuda';
}

/** A batch as the addon takes it. */
export interface AddonBatch {
  readonly images: Float32Array;
  readonly labels?: Int32Array | undefined;
  readonly coefficients: Float64Array;
}

/** Factors of a step as the addon takes them. */
export interface AddonFactors {
  readonly dropPath?: Float32Array | undefined;
  readonly dropout?: Float32Array | undefined;
}

/** A call of a trainer in flight. */
export interface TrainerJob<T> {
  readonly result: Promise<T>;
  /** Stops it soon; the result then rejects with `code` CANCELLED. */
  cancel(): void;
}

/** The addon's functions for trainers. */
export interface TrainerFunctions {
  createTrainer(program: ProgramHandle, options: AddonTrainerOptions): TrainerHandle;
  trainerStep(
    trainer: TrainerHandle,
    options: AddonBatch &
      AddonFactors & {
        readonly learningRate: number;
        readonly update: boolean;
        readonly coefficientGradient: boolean;
      },
  ): TrainerJob<{
    readonly loss: number;
    readonly correct: number;
    readonly headLosses?: Float64Array;
    readonly gradientNorm?: number;
    readonly coefficientGradient?: Float64Array;
  }>;
  trainerEvaluate(
    trainer: TrainerHandle,
    options: AddonBatch & { readonly statistics: 'running' | 'batch' },
  ): TrainerJob<{ readonly loss: number; readonly correct: number; readonly logits: Float64Array }>;
  trainerObserve(
    trainer: TrainerHandle,
    options: AddonBatch & { readonly first: boolean },
  ): TrainerJob<Readonly<Record<string, never>>>;
  trainerState(trainer: TrainerHandle): {
    readonly steps: number;
    /** All parameters in order. */
    readonly values: Float64Array;
    /** By node of the graph: batches that a batch norm's running statistics have seen. */
    readonly batches: Float64Array;
  };
  trainerSnapshot(trainer: TrainerHandle): Uint8Array;
  disposeTrainer(trainer: TrainerHandle): void;
}
