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

/** Figures of a recipe that may help a training that diverged; any one of them. */
export interface CalmerFigures {
  readonly rate: number;
  readonly warmUpEpochs: number;
  readonly clip: number;
}

/** A training has diverged. Its message says where, and what to change. */
export class TrainingDiverged extends TenasError {
  /** What to try. */
  readonly calmer: CalmerFigures;

  constructor(
    problem: string,
    recipe: TrainingRecipe,
    { epoch, rate, cause }: { readonly epoch: number; readonly rate: number; readonly cause?: unknown },
  ) {
    const calmer = calmerFigures(recipe);
    const advice = [
      `a lower learning rate (${numberText(calmer.rate)} instead of ${numberText(recipe.sgd.rate)})`,
      `a warm-up of ${numberText(calmer.warmUpEpochs)} epochs`,
      `gradients clipped at ${numberText(calmer.clip)}`,
    ];
    super(
      'TRAINING_DIVERGED',
      `the training diverged in epoch ${epoch + 1}, at learning rate ${numberText(rate)}: ${problem}; try ${advice.join(', or ')}`,
      { field: 'recipe', value: recipe.name, cause },
    );
    this.name = 'TrainingDiverged';
    this.calmer = calmer;
  }
}

function calmerFigures({ sgd, cosine, clip }: TrainingRecipe): CalmerFigures {
  return {
    rate: Number((sgd.rate / 5).toPrecision(2)),
    warmUpEpochs: cosine.warmUpEpochs === 0 ? 2 : 2 * cosine.warmUpEpochs,
    clip: clip === 0 ? 5 : Number((clip / 5).toPrecision(2)),
  };
}
