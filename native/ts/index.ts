export { type Device, type Init, type Isa, type NativeInfo, nativeInfo } from './addon.js';
export { NativeError, type NativeErrorCode } from './errors.js';
export { symmetricEigenvalues } from './linear-algebra.js';
export {
  type EvaluateOptions,
  type EvaluateResult,
  INITS,
  Program,
  type Repeat,
  type Weights,
} from './program.js';
export {
  type Answer,
  type AnswerOf,
  type AnswersOf,
  batchesOf,
  type CodesAnswer,
  type CodesTask,
  type FeaturesAnswer,
  type FeaturesTask,
  type ForwardAnswer,
  type ForwardTask,
  GRADIENT_SUMS,
  type GradientAnswer,
  type GradientTask,
  type Loss,
  type NtkAnswer,
  type NtkTask,
  type RegionsAnswer,
  type RegionsTask,
  type Task,
} from './tasks.js';
