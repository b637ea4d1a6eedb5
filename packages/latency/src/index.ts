/**
 * Latency of networks: measured in onnxruntime, read from tables of other devices, predicted by additive models.
 * @packageDocumentation
 */
export {
  architecturesToMeasure,
  buildLatencyModel,
  defaultNetworks,
  type ModelSource,
} from './build-model.js';
export { checkPredictions, rankCorrelation } from './check-predictions.js';
export { type DeviceRow, type DeviceTable, readDeviceTable } from './device-table.js';
export {
  type ChoiceTable,
  choiceCosts,
  fitLatencyTable,
  type LatencySample,
  type LatencyTable,
} from './fit-table.js';
export { measureInTurn, type TurnMeasured } from './measure-in-turn.js';
export {
  latencyModel,
  type MeasureOptions,
  measureGraph,
  measureModel,
  type NetworkLatency,
} from './measure-network.js';
export { type PeakMemory, startPeakMemory } from './peak-memory.js';
export { medianError, TIMING_DEFAULTS, type Timing, type TimingOptions, timeRuns } from './time-runs.js';
