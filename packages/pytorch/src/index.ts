export { pytorchBundle } from './bundle.js';
export type { PytorchBundleOptions, PytorchConfig } from './bundle-options.js';
export { type PytorchModel, type PytorchModelOptions, pytorchModel } from './model.js';
