import { readSettings } from '@tenas/base/settings';
import { type Space, TRAINING_RECIPES, type TrainingRecipe } from '@tenas/spaces';
import { recipeSettings, withRecipeSettings } from '@tenas/train';
import { inSpec } from './spec/in-spec.js';
import type { ReadSpec, SpecPath } from './spec/read-spec.js';
import type { TrainSection } from './spec/schema.js';

/** A recipe with settings and a length. */
export interface SectionRecipe {
  readonly recipe: TrainingRecipe;
  readonly epochs: number;
  readonly batchSize: number;
}

/**
 * The recipes of a section with their settings and lengths: every combination.
 * @param path where the spec has the section
 * @throws TenasError `SPEC_INVALID` naming the field
 */
export function sectionRecipes(
  read: ReadSpec,
  path: SpecPath,
  section: TrainSection,
  { recipe: own }: Space,
): SectionRecipe[] {
  const known = [...TRAINING_RECIPES, ...(own === undefined ? [] : [own])];
  return section.recipes.flatMap((name, recipeIndex) => {
    const named = known.find((recipe) => recipe.name === name);
    if (named === undefined) {
      const names = [...new Set(known.map((recipe) => recipe.name))].join(', ');
      const problem = `got ${JSON.stringify(name)}; give one of ${names}`;
      throw read.fieldError([...path, 'recipes', recipeIndex], problem);
    }
    return section.settings.flatMap((settings, index) => {
      const within = ([, ...setting]: SpecPath): SpecPath => ['settings', index, ...setting];
      const recipe = inSpec({ read, path, within }, () =>
        withRecipeSettings(named, readSettings('settings', recipeSettings(named), settings)),
      );
      return (section.epochs ?? [recipe.epochs]).flatMap((epochs) =>
        (section.batchSizes ?? [recipe.batchSize]).map((batchSize) => ({ recipe, epochs, batchSize })),
      );
    });
  });
}
