/** The metrics that the package exports: those that are used by name, with their settings. */
export {
  AGGREGATIONS,
  type Aggregation,
  aggregateConditionNumbers,
  CONDITION_NUMBER_CAP,
} from './aggregation.js';
export { conditionOutcome, NTK_FAILURES, type NtkFailure, type NtkOutcome } from './condition-number.js';
export { DEFAULT_METRICS, DEFAULT_OBJECTIVE, DEFAULT_STAGE } from './index.js';
export { type KernelSettings, NTK_MODES, type NtkMode } from './kernel.js';
export { macs } from './macs.js';
export { type NtkSettings, ntk } from './ntk.js';
export { params } from './params.js';
export { type ReferenceMetric, referenceMetric } from './reference-names.js';
export { type RegionSettings, regions } from './regions.js';
export { type ZenSettings, zen } from './zen.js';
