export { type Isa, type NativeInfo, nativeInfo } from './addon.js';
export { NativeError, type NativeErrorCode } from './errors.js';
export {
  DEVICES,
  type Device,
  type EvaluateOptions,
  type EvaluateResult,
  type ForwardEvaluation,
  type Init,
  type NtkEvaluation,
  Program,
  type RegionsEvaluation,
  type Repeat,
  type Task,
  type Weights,
} from './program.js';
