export { type Device, type Isa, type NativeInfo, nativeInfo } from './addon.js';
export { markCrashes } from './crash-mark.js';
export * from './definitions.js';
export { NativeError, type NativeErrorCode } from './errors.js';
export { tryLockFile } from './file-lock.js';
export { type LearningRate, type LearningRateShape, learningRateAt } from './learning-rate.js';
export { wasmEngineFile } from './load-addon.js';
export {
  type EvaluateOptions,
  type EvaluateResult,
  Program,
  type Repeat,
} from './program.js';
export { sideBySide } from './side-by-side.js';
export {
  type DropFactors,
  type NamedTensor,
  type NamedTensors,
  type Optimiser,
  type ParameterGroup,
  type StepResult,
  Trainer,
  type TrainerOptions,
  type TrainingBatch,
  type TrainingEvaluation,
  type TrainingHead,
  type TrainingLoss,
} from './trainer.js';
export type { SeededWeights, Weights } from './weights.js';
