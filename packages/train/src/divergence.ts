import { numberText, TenasError } from '@tenas/base';
import type { TrainingRecipe } from '@tenas/spaces';
import type { TrainingLength } from './follow-recipe.js';

/** Steps that a loss is averaged over at least before it counts, and that come before: fewer say little. */
const STEPS = 50;

/**
 * Whether a training has diverged: the mean loss of its last epochs, enough for 50 steps, is above that of guessing,
 * ln(classes). Epochs of the warm-up and of the first 50 steps do not count.
 *
 * @param losses mean loss of every epoch so far
 */
export function lossAboveChance(
  losses: readonly number[],
  classes: number,
  { stepsPerEpoch, warmUpEpochs }: Pick<TrainingLength, 'stepsPerEpoch'> & { readonly warmUpEpochs: number },
): boolean {
  const span = Math.ceil(STEPS / stepsPerEpoch);
  const first = losses.length - span;
  if (first < warmUpEpochs || first * stepsPerEpoch < STEPS) return false;
  return losses.slice(first).reduce((sum, loss) => sum + loss, 0) / span > Math.log(classes);
}

/** The error of a training that has diverged: says where, and what to change. */
export function diverged(
  problem: string,
  recipe: TrainingRecipe,
  { epoch, rate, cause }: { readonly epoch: number; readonly rate: number; readonly cause?: unknown },
): TenasError {
  const { cosine, clip } = recipe;
  const advice = [
    `a lower learning rate (${numberText(recipe.sgd.rate / 5)} instead of ${numberText(recipe.sgd.rate)})`,
    cosine.warmUpEpochs === 0
      ? 'a warm-up of an epoch'
      : `a warm-up of more than ${cosine.warmUpEpochs} epochs`,
    clip === 0 ? 'clipping the gradient (5)' : `clipping the gradient below ${numberText(clip)}`,
  ];
  return new TenasError(
    'TRAINING_DIVERGED',
    `the training diverged in epoch ${epoch + 1}, at learning rate ${numberText(rate)}: ${problem}; try ${advice.join(', or ')}`,
    { field: 'recipe', value: recipe.name, cause },
  );
}
