/**
 * Names of the spaces of this package and what a space is, without the spaces, so that command lines can be read and
 * explained at once. `@tenas/spaces` has all of it too.
 * @packageDocumentation
 */
export { DEFAULT_SPACE, SPACE_NAMES, type SpaceName } from './built-in-names.js';
export type { BlockField, Progressive, ProgressiveBlock } from './progressive.js';
export { requireSupernet } from './require-supernet.js';
export type {
  ApartNetworks,
  EdgePruning,
  Enumeration,
  Isomorphism,
  NetworkCosts,
  SizesWithCrops,
  Space,
  SpaceLayers,
  SpaceSizes,
  SpaceSupernet,
  TrainingNetwork,
} from './space.js';
export { isSpaceName } from './space-name.js';
export {
  DARTS_RECIPE,
  NAS_BENCH_201_RECIPE,
  NAS_BENCH_MACRO_RECIPE,
  QUICK_RECIPE,
  TRAINING_RECIPES,
  type TrainingRecipe,
} from './training-recipe.js';
