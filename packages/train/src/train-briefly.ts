import { TenasError } from '@tenas/base';
import { batchesPerEpoch, epochBatches, type ImageSource } from '@tenas/data';
import type { Isa, Program, Trainer, TrainerOptions, Weights } from '@tenas/native';
import type { TrainingRecipe } from '@tenas/spaces';
import { FRESH_EPOCH } from './checkpoint.js';
import { type ClassifiedImages, classify } from './classify.js';
import { augmentationOf, trainerSettings } from './follow-recipe.js';
import { trainedSteps } from './train-epochs.js';

/** What {@link trainBriefly} needs. */
export interface BriefTrainingOptions extends Pick<TrainerOptions, 'engine' | 'threads'> {
  /** From images to one output per class. */
  readonly program: Program;
  /** Images to train on, with labels or with a task (`withTask` of `@tenas/data`). */
  readonly training: ImageSource;
  /** Images that are classified at the end, if any. */
  readonly validation: ImageSource | undefined;
  /** Its drop path, dropout and auxiliary head are left out. */
  readonly recipe: TrainingRecipe;
  /** The learning rate falls over all of them. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly weights: Weights;
  /** Of order and augmentation. */
  readonly seed: number;
  readonly isa?: Isa | undefined;
  /** Whether the targets of each batch change places, as a control (`shuffleTargets` of `epochBatches`). Default false. */
  readonly shuffleTargets?: boolean | undefined;
  /**
   * Classifies the validation images after every epoch, each time with statistics that are the mean over batches of so
   * many training images in all ("precise" ones). Default: at the end, with running statistics.
   */
  readonly preciseStatistics?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A network after a brief training. */
export interface BrieflyTrained {
  /** Mean loss of the images of each epoch, in training mode; without those of an epoch that diverged. */
  readonly losses: readonly number[];
  /** Whether loss, statistics or gradient became infinite or no numbers; nothing was trained or classified after that. */
  readonly diverged: boolean;
  /** With running statistics; null without validation images, or where the training diverged. */
  readonly validation: ClassifiedImages | null;
  /** After each epoch; with precise statistics alone. */
  readonly accuracies?: readonly number[];
}

/**
 * Trains a network for a few epochs to see how it does, without keeping it. The results are a function of images, weights
 * and settings: the same on any number of threads (on one instruction set). A network that does not learn is no error.
 *
 * @throws TenasError LABELS_MISSING; NativeError; what reading throws; the signal's reason
 */
export async function trainBriefly(options: BriefTrainingOptions): Promise<BrieflyTrained> {
  const { program, training, validation, recipe, epochs, batchSize, seed, signal } = options;
  const { weights, threads, engine, isa } = options;
  signal?.throwIfAborted();
  await using trainer = program.trainer({
    weights,
    ...trainerSettings(recipe, training),
    threads,
    engine,
    isa,
  });
  const stepsPerEpoch = batchesPerEpoch(training, batchSize);
  const steps = {
    trainer,
    network: undefined,
    training,
    recipe,
    seed,
    epochs,
    batchSize,
    stepsPerEpoch,
    shuffleTargets: options.shuffleTargets,
    signal,
  };
  const losses: number[] = [];
  const classified: ClassifiedImages[] = [];
  try {
    while (losses.length < epochs) {
      let done = FRESH_EPOCH;
      for await (const now of trainedSteps(steps, losses.length, FRESH_EPOCH)) done = now;
      losses.push(done.loss / done.images);
      if (options.preciseStatistics === undefined || validation === undefined) continue;
      await estimateStatistics(trainer, options, { epoch: losses.length, images: options.preciseStatistics });
      classified.push(await classify(trainer, validation, signal));
    }
    const last = classified.at(-1);
    return {
      losses,
      diverged: false,
      validation: validation === undefined ? null : (last ?? (await classify(trainer, validation, signal))),
      ...(last === undefined ? {} : { accuracies: classified.map(({ accuracy }) => accuracy) }),
    };
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (!(error instanceof TenasError && error.code === 'TRAINING_DIVERGED')) throw error;
    return { losses, diverged: true, validation: null };
  }
}

/** Replaces running statistics by the mean over batches of so many images, augmented as those of an epoch. */
async function estimateStatistics(
  trainer: Trainer,
  { training, recipe, batchSize, seed, signal }: BriefTrainingOptions,
  { epoch, images }: { readonly epoch: number; readonly images: number },
): Promise<void> {
  const augmentation = augmentationOf(recipe, training);
  const batches = epochBatches(training, { batchSize, seed, epoch, augmentation, signal });
  const most = Math.ceil(Math.min(images, training.size) / batchSize);
  const some = async function* () {
    for (let batch = 0; batch < most; batch++) {
      const { value } = await batches.next();
      if (value !== undefined) yield value;
    }
    await batches.return();
  };
  await trainer.estimateStatistics(some(), { signal });
}
