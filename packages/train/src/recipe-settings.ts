import { LEARNING_TASKS } from '@tenas/data/definitions';
import type { TrainingRecipe } from '@tenas/spaces';
import { z } from 'zod';

/** The figures of a recipe that may be changed by name, each with a description and the recipe's own figure as default. */
export function recipeSettings(recipe: TrainingRecipe) {
  const { sgd, cosine, labelSmoothing, clip, augmentation, dropPath, dropout, auxiliary } = recipe;
  return z.strictObject({
    rate: z.number().min(0).max(1000).default(sgd.rate).describe('learning rate before the schedule'),
    momentum: z.number().min(0).max(0.999).default(sgd.momentum).describe('momentum of SGD'),
    nesterov: z.boolean().default(sgd.nesterov).describe('Nesterov’s momentum'),
    weightDecay: z.number().min(0).max(1).default(sgd.weightDecay).describe('L2 decay of every parameter'),
    warmUp: z
      .number()
      .min(0)
      .max(1000)
      .default(cosine.warmUpEpochs)
      .describe('epochs in which the rate rises from 0 in a straight line'),
    labelSmoothing: z
      .number()
      .min(0)
      .max(0.9)
      .default(labelSmoothing)
      .describe('share of a target for all classes'),
    clip: z.number().min(0).max(1e6).default(clip).describe('largest norm of the gradient; 0: none'),
    padding: z
      .int()
      .min(0)
      .max(16)
      .default(augmentation.padding)
      .describe('border for random crops, in pixels of 32x32 images'),
    flip: z.boolean().default(augmentation.flip).describe('random flips'),
    cutout: z
      .int()
      .min(0)
      .max(32)
      .default(augmentation.cutout)
      .describe('side of a square that is cut out, in pixels of 32x32 images; 0: none'),
    dropPath: z
      .number()
      .min(0)
      .max(0.9)
      .default(dropPath)
      .describe('share of a cell’s operations left out, growing from 0 over the epochs; 0: none'),
    dropout: z
      .number()
      .min(0)
      .max(0.9)
      .default(dropout)
      .describe('share of the features before the classifier left out; 0: none'),
    auxiliary: z
      .number()
      .min(0)
      .max(10)
      .default(auxiliary)
      .describe('weight of the loss of an auxiliary head; 0: none'),
  });
}

/** {@link recipeSettings}, and what is learned. */
export function trainingSettings(recipe: TrainingRecipe) {
  return recipeSettings(recipe).extend({
    task: z
      .enum(LEARNING_TASKS)
      .default('labels')
      .describe('what is learned on the images: their labels, or a task that needs none'),
  });
}

/** Changes to a recipe. */
export type RecipeSettings = z.output<ReturnType<typeof recipeSettings>>;

/** The recipe with its settings. */
export function withRecipeSettings(recipe: TrainingRecipe, settings: RecipeSettings): TrainingRecipe {
  const { rate, momentum, nesterov, weightDecay, warmUp, padding, flip, cutout, ...figures } = settings;
  return {
    ...recipe,
    sgd: { rate, momentum, nesterov, weightDecay },
    cosine: { ...recipe.cosine, warmUpEpochs: warmUp },
    augmentation: { padding, flip, cutout },
    ...figures,
  };
}
