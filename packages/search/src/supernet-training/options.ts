import type { Augmentation, ImageSource, LearningTaskName } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import type { Isa, TrainerOptions } from '@tenas/native';
import type { Decision, Space } from '@tenas/spaces';
import type { SupernetTrainingSettings } from './fields.js';

/** What `SupernetInTraining.open` needs. `Ask` of a strategy has most of it. */
export interface SupernetTrainingOptions {
  readonly space: Space;
  /** Labelled images, or any for a task without labels. */
  readonly source: ImageSource;
  /** What is learned on them; default: `labels`. A supernet of your own has its inputs and outputs. */
  readonly task?: LearningTaskName | undefined;
  /** Of weights, images, their order and their crops. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** `Ask.engine`. The training runs on the CPU. */
  readonly engine?: {
    readonly threads?: number | undefined;
    readonly engine?: TrainerOptions['engine'];
    readonly isa?: Isa | undefined;
  };
  readonly settings: SupernetTrainingSettings;
  /** A supernet of your own; default: that of the space, with `channels` and `cells` of the settings. */
  readonly supernet?: SupernetToTrain | undefined;
  /** How images to train on are changed, those of the architecture's steps too; default: crops of images with a border of 4 pixels, and flips. */
  readonly augmentation?: Augmentation | undefined;
  /** Default: cross-entropy. */
  readonly loss?: TrainerOptions['loss'];
  /** Whether the learning rate changes with every epoch (default) or with every step. */
  readonly ratePer?: 'epoch' | 'step' | undefined;
}

/** A network that holds all choices of some decisions, whose slots are named by `slotName`. */
export interface SupernetToTrain {
  readonly decisions: readonly Decision[];
  readonly graph: Graph;
}

/** What the answers of a step of the architecture have besides. */
export interface ArchitectureStepOptions {
  /** Sums of the gradients at the edges; default false. */
  readonly sums?: boolean | undefined;
}

/** How paths are evaluated. */
export interface PathEvaluation {
  /** Images of the validation part at most, the same for all paths, from its beginning; default: all. */
  readonly images?: number | undefined;
  /**
   * What batch norms normalise by: the statistics of each batch of 256 validation images (default), or running ones that
   * are estimated anew for each path from some training batches (SPOS).
   */
  readonly statistics?: 'batch' | 'estimated' | undefined;
  /** Batches of the training part for `estimated`; default 10. */
  readonly batches?: number | undefined;
  /** Hears how many paths are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** How one path is trained on, apart from the supernet. */
export interface PathTraining {
  /** The state to begin with: of `SupernetInTraining.snapshot`, or of the path's training so far. */
  readonly weights: Uint8Array;
  /** The number of the first step, from 0: it says which batches are next. */
  readonly first: number;
  readonly steps: number;
  /** Learning rate, the same in all steps. */
  readonly rate: number;
  /** Default: those of the supernet. */
  readonly threads?: number | undefined;
  /** Whether the path is evaluated on all images of the validation part in the end; default false. */
  readonly evaluate?: boolean | undefined;
}
