import { checkInteger, checkOneOf, isRecord, settingError } from '@tenas/base';
import { isSpaceName } from './space-name.js';
import type { TrainingRecipe } from './training-recipe.js';

const CODE = 'RECIPE_INVALID';

/** A recipe from outside, such as that of a space of one's own. @throws TenasError `RECIPE_INVALID` naming the field. */
export function checkRecipe(given: unknown): TrainingRecipe {
  const recipe = objectAt('recipe', given);
  if (!isSpaceName(recipe.name)) {
    throw settingError('name', recipe.name, 'lower case letters, digits and single hyphens', CODE);
  }
  if (typeof recipe.paper !== 'string') throw settingError('paper', recipe.paper, 'text', CODE);
  checkInteger('epochs', recipe.epochs, 1, 100_000, CODE);
  checkInteger('batchSize', recipe.batchSize, 1, 1 << 20, CODE);
  const sgd = objectAt('sgd', recipe.sgd);
  checkNumber('sgd.rate', sgd.rate);
  checkNumber('sgd.momentum', sgd.momentum, 1);
  checkFlag('sgd.nesterov', sgd.nesterov);
  checkNumber('sgd.weightDecay', sgd.weightDecay);
  const cosine = objectAt('cosine', recipe.cosine);
  checkNumber('cosine.warmUpEpochs', cosine.warmUpEpochs);
  checkOneOf('cosine.per', cosine.per, ['step', 'epoch'], CODE);
  checkNumber('labelSmoothing', recipe.labelSmoothing, 1);
  checkNumber('clip', recipe.clip);
  const augmentation = objectAt('augmentation', recipe.augmentation);
  checkInteger('augmentation.padding', augmentation.padding, 0, 32, CODE);
  checkFlag('augmentation.flip', augmentation.flip);
  checkInteger('augmentation.cutout', augmentation.cutout, 0, 64, CODE);
  checkNumber('dropPath', recipe.dropPath, 1);
  checkNumber('dropout', recipe.dropout, 1);
  checkNumber('auxiliary', recipe.auxiliary);
  return given as TrainingRecipe;
}

function objectAt(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw settingError(field, value, 'an object', CODE);
  return value;
}

function checkNumber(field: string, value: unknown, below = Number.POSITIVE_INFINITY): void {
  if (typeof value === 'number' && value >= 0 && value < below) return;
  const right =
    below === Number.POSITIVE_INFINITY
      ? 'a finite number of at least 0'
      : `a number from 0 to below ${below}`;
  throw settingError(field, value, right, CODE);
}

function checkFlag(field: string, value: unknown): void {
  if (typeof value !== 'boolean') throw settingError(field, value, 'true or false', CODE);
}
