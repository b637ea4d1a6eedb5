import { checkOneOf } from '@tenas/base';
import { CONDITION_NUMBER_CAP } from '@tenas/metrics/definitions';
import type { PruningSettings } from '../settings.js';
import type { Protocol } from './table.js';
import { tableOf } from './tables.js';

/** All protocols. */
export const PROTOCOLS: readonly Protocol[] = ['fast', 'te-nas-finals', 'paper', 'repo'];

const paper: PruningSettings = {
  repeats: 3,
  origin: 'per-candidate',
  ntk: { mode: 'batch', batchSize: 32, init: 'kaiming_fan_out', weights: 'repeat' },
  regions: { batches: 5, batchSize: 1000, init: 'kaiming_fan_in', weights: 'repeat' },
  kappaChange: { kind: 'difference', decimals: null, aggregate: 'mean' },
  regionChange: { kind: 'difference', decimals: null, aggregate: 'mean' },
  failures: { kind: 'substitute', nan: 1e5 },
  significantDigits: 3,
  pruneNumber: 1,
  edgePruning: { kappaOrigin: 'current' },
  finals: null,
};

const repo: PruningSettings = {
  repeats: 3,
  origin: 'per-candidate',
  // The code builds the kernel's network once per round and the region network once per candidate.
  ntk: { mode: 'batch', batchSize: 72, init: 'pytorch', weights: 'round' },
  regions: { batches: 3, batchSize: 1000, init: 'pytorch', weights: 'candidate' },
  kappaChange: { kind: 'relative', decimals: 3, aggregate: 'mean' },
  regionChange: { kind: 'relative', decimals: 3, aggregate: 'mean' },
  failures: { kind: 'substitute', nan: 1e5 },
  significantDigits: 3,
  pruneNumber: 1,
  edgePruning: { kappaOrigin: 'before-edges' },
  finals: null,
};

const teNasFinals: PruningSettings = {
  // Measured: the noise of kappa over repeats costs more accuracy than anything else, and repeats are cheap (docs/quality.md).
  repeats: 12,
  origin: 'per-round',
  ntk: { mode: 'sample', batchSize: 32, init: 'kaiming_fan_out', weights: 'repeat' },
  regions: { batches: 3, batchSize: 1000, init: 'kaiming_fan_in', weights: 'repeat' },
  kappaChange: { kind: 'log-ratio', cap: CONDITION_NUMBER_CAP, decimals: null, aggregate: 'mean' },
  regionChange: { kind: 'relative', decimals: null, aggregate: 'mean' },
  failures: { kind: 'worst', originKappa: CONDITION_NUMBER_CAP },
  significantDigits: 3,
  pruneNumber: 1,
  edgePruning: { kappaOrigin: 'current' },
  finals: null,
};

/** The protocols on any space. */
const GENERAL: Readonly<Record<Protocol, PruningSettings>> = {
  paper,
  repo,
  'te-nas-finals': teNasFinals,
  fast: teNasFinals,
};

/**
 * Settings of a protocol for a space and a dataset.
 *
 * | | `paper` | `repo` | `te-nas-finals`; `fast` but for its final ranking |
 * |---|---|---|---|
 * | images in the kernel's batch | 32 | 72; DARTS 14, on ImageNet-1k 24 | 32; DARTS 16 |
 * | repeats | 3 | 3 | 12; DARTS 3 |
 * | operations pruned per edge and round | 1 | 1; DARTS 3, on ImageNet-1k 2 | as `repo` |
 * | final ranking | none | none | on NAS-Bench-201, at 1,000 architectures; `fast` of all without `none` |
 *
 * @param space name of the space; only `nas-bench-201`, `darts` and `darts-frc` (as `darts`) have special settings
 * @param dataset name of the dataset
 * @throws TenasError `SETTING_INVALID` for an unknown protocol
 */
export function protocolSettings(protocol: Protocol, space: string, dataset: string): PruningSettings {
  const general = GENERAL[checkOneOf('protocol', protocol, PROTOCOLS)];
  return tableOf(space)?.settings(protocol, general, dataset) ?? general;
}
