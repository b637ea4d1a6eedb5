/**
 * The settings of recipes, without the code that trains, so that command lines can be read and explained at once.
 * `@tenas/train` has them too.
 * @packageDocumentation
 */
export {
  type RecipeSettings,
  recipeSettings,
  trainingSettings,
  withRecipeSettings,
} from './recipe-settings.js';
