export { type CalibrateOptions, calibrateBatchNorm } from './calibrate.js';
export { type CheckOptions, type CheckResult, checkOnnx, DEFAULT_TOLERANCE } from './check.js';
export { classifyOnnx, type LabelledImages, type OnnxAccuracy } from './classify.js';
export { type ExportOptions, exportOnnx, PRODUCER_NAME } from './export.js';
export { type FoldedNetwork, foldBatchNorms } from './fold-batch-norm.js';
export { externalReader } from './import/external-data.js';
export { type ImportedNetwork, type ImportOptions, importOnnx, READ_OPSETS } from './import/import-onnx.js';
export type { ExternalPiece } from './import/stored-tensor.js';
export { type LoadedWeights, type LoadWeightsOptions, loadWeights } from './load-weights.js';
export {
  boundedClassNames,
  INPUT_LAYOUT,
  METADATA_PREFIX,
  type ModelOrigin,
  modelMetadata,
  type PixelNormalisation,
} from './metadata.js';
export { modelDescription } from './model-description.js';
export { type NativeReference, nativeReference, type ReferenceForward } from './native-reference.js';
export { DEFAULT_OPSET, type Opset, requireOpset, SUPPORTED_OPSETS } from './opsets.js';
export { normalInputs } from './random-inputs.js';
export { type ModelSummary, summarizeModel, type TensorSummary } from './read-model.js';
export {
  openSession,
  type RuntimeSession,
  runtimeProviders,
  type SessionOptions,
} from './runtime-session.js';
export { type StatedOrigin, statedOrigin } from './stated-origin.js';
