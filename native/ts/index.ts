export { type Device, type Isa, type NativeInfo, nativeInfo } from './addon.js';
export * from './definitions.js';
export { NativeError, type NativeErrorCode } from './errors.js';
export {
  type EvaluateOptions,
  type EvaluateResult,
  Program,
  type Repeat,
  type Weights,
} from './program.js';
