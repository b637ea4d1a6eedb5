import { type Augmentation, batchesPerEpoch, type ImageSource } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import { learningRateAt, type TrainerOptions } from '@tenas/native';
import type { TrainingRecipe } from '@tenas/spaces';

/** Side of the images that the lengths of a recipe are meant for. */
const RECIPE_SIDE = 32;

/** How long a training is. */
export interface TrainingLength {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** What the trainer needs to know of a recipe, and of the task of the images. */
export function trainerSettings(
  recipe: TrainingRecipe,
  { task }: Pick<ImageSource, 'task'>,
): Pick<TrainerOptions, 'optimiser' | 'loss' | 'clip'> {
  const { momentum, nesterov, weightDecay } = recipe.sgd;
  return {
    optimiser: { kind: 'sgd', momentum, nesterov, weightDecay },
    loss: {
      kind: 'cross-entropy',
      labelSmoothing: recipe.labelSmoothing,
      tiles: task?.tiles,
      pixels: task?.labelled,
    },
    clip: recipe.clip,
  };
}

/**
 * Steps of an epoch. A last batch of a single image is left out where a batch norm sees maps of one pixel: one value has no
 * variance.
 */
export function stepsPerEpochOf(
  { nodes }: Graph,
  training: Pick<ImageSource, 'size'>,
  batchSize: number,
): number {
  const batches = batchesPerEpoch(training, batchSize);
  const single = batches > 1 && training.size - (batches - 1) * batchSize === 1;
  const pixels = nodes.some(({ op, shape: [, height, width] }) => op === 'batchNorm' && height * width === 1);
  return single && pixels ? batches - 1 : batches;
}

/** The learning rate of step `step` of a whole training, both from 0. A warm-up longer than the training ends with it. */
export function rateOf(recipe: TrainingRecipe, step: number, length: TrainingLength): number {
  const { rate } = recipe.sgd;
  const { warmUpEpochs, per } = recipe.cosine;
  const { epochs, stepsPerEpoch } = length;
  const unit = per === 'step' ? stepsPerEpoch : 1;
  const warmUp = { steps: Math.round(Math.min(warmUpEpochs, epochs) * unit) };
  const place = per === 'step' ? step : Math.floor(step / stepsPerEpoch);
  return learningRateAt({ rate, shape: { kind: 'cosine' }, warmUp }, place, epochs * unit);
}

/** The augmentation of a recipe, its lengths in pixels of the source's images instead of 32x32 ones. */
export function augmentationOf(
  { augmentation }: TrainingRecipe,
  { height, width }: Pick<ImageSource, 'height' | 'width'>,
): Augmentation {
  const scale = Math.min(height, width) / RECIPE_SIDE;
  const { padding, flip, cutout } = augmentation;
  return { padding: Math.round(padding * scale), flip, cutout: Math.round(cutout * scale) };
}
