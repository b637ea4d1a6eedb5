export { blockOutputs } from './blocks.js';
export {
  type Conv2dOptions,
  GraphBuilder,
  type MixOptions,
  type MixTerm,
  type PoolOptions,
} from './builder.js';
export { type ChannelSelection, channelSelection } from './channel-selection.js';
export { type GraphCost, graphCost } from './cost.js';
export { bfloatToSingle, halfToSingle } from './half-precision.js';
export { graphFromJson, graphToJson } from './json.js';
export { checkCoefficients, liveNodes, unobservedMixes } from './liveness.js';
export { keptValues, peakActivations } from './peak-activations.js';
export { withPixelHead } from './pixel-head.js';
export {
  type ReadSafetensorsOptions,
  readSafetensors,
  type Safetensors,
  type Tensor,
  type TensorData,
  type TensorType,
  writeSafetensors,
} from './safetensors.js';
export {
  ACTIVATION_FUNCTIONS,
  type ActivationFunction,
  type Graph,
  type Node,
  type NodeId,
  nodeInputs,
  nodeParams,
  type Operation,
  type OpName,
  PARAM_KINDS,
  type Pair,
  type Param,
  type ParamId,
  type ParamKind,
  type Shape,
  sizeOf,
} from './types.js';
export { validateGraph } from './validate.js';
export {
  type GivenTensor,
  type PackedWeights,
  type PackOptions,
  packWeights,
  paramOffsets,
  unpackWeights,
  type WeightSet,
} from './weights.js';
