/**
 * The engine's tasks and initial weights, without the encoder of graphs; the addon is loaded on first
 * use. `@tenas/native` has all of it too.
 * @packageDocumentation
 */
export { rowCorrelations, symmetricEigenvalues } from './linear-algebra.js';
export {
  type Answer,
  type AnswerOf,
  type AnswersOf,
  type Block,
  type BlocksAnswer,
  type BlocksTask,
  batchesOf,
  type ChangeAnswer,
  type ChangeTask,
  type CodesAnswer,
  type CodesTask,
  type ConstantsAnswer,
  type ConstantsTask,
  type CurvatureAnswer,
  type CurvatureTask,
  type FeaturesAnswer,
  type FeaturesTask,
  type ForwardAnswer,
  type ForwardTask,
  GRADIENT_SUMS,
  type GradientAnswer,
  type GradientTask,
  type JacobianAnswer,
  type JacobianTask,
  type Loss,
  type NtkAnswer,
  type NtkTask,
  type PatternsAnswer,
  type PatternsTask,
  type PixelRange,
  type PixelsAnswer,
  type PixelsTask,
  type RegionsAnswer,
  type RegionsTask,
  type SaliencyAnswer,
  type SaliencyTask,
  type Task,
} from './tasks.js';
export { INITS, type Init } from './weights.js';
