import { checkInteger, checkOneOf, withDefaults } from '@tenas/base';
import { cropBatches } from '@tenas/data';
import {
  answerOf,
  evaluateMetric,
  INITIALISATIONS,
  type Initialisation,
  type Metric,
  type MetricRequest,
  type MetricResult,
} from './metric.js';

/** Settings of the linear regions metric. */
export interface RegionSettings {
  /** Batches, each normalised by its own statistics; default 3. */
  readonly batches: number;
  /** Crops in a batch; default 1,000. */
  readonly batchSize: number;
  /** Channels of a crop, which the region network has to read; default 1. */
  readonly channels: number;
  /** Rows and columns of a crop; default 3. */
  readonly crop: number;
  /** Default `kaiming_fan_in`. */
  readonly init: Initialisation;
}

/** One count of regions. */
export interface RegionMeasurement {
  /** Distinct ReLU sign patterns among all crops: 1 to batches x batchSize. */
  readonly regions: number;
  /** ReLU outputs that make up a pattern. */
  readonly neurons: number;
}

const DEFAULTS: RegionSettings = {
  batches: 3,
  batchSize: 1000,
  channels: 1,
  crop: 3,
  init: 'kaiming_fan_in',
};

/**
 * Number of linear regions that small crops of images fall into at initialisation, higher is better (TE-NAS, arXiv
 * 2102.11535, section 3.2): how finely the network can divide its inputs.
 */
export const linearRegions: Metric<RegionSettings, RegionMeasurement> = {
  name: 'linear-regions',
  title: 'number of linear regions',
  better: 'higher',
  network: 'regions',
  defaults: DEFAULTS,
  settings(given = {}) {
    const settings = withDefaults(DEFAULTS, given);
    checkInteger('batches', settings.batches, 1, 10_000);
    checkInteger('batchSize', settings.batchSize, 2, 100_000);
    checkInteger('channels', settings.channels, 1, 3);
    checkInteger('crop', settings.crop, 1, 256);
    checkOneOf('init', settings.init, INITIALISATIONS);
    return settings;
  },
  inputs: (source, { seed, batch }, { batches, batchSize, channels, crop }, signal) =>
    cropBatches(source, { batches, batchSize, channels, crop, seed, repeat: batch, signal }),
  initialisation: ({ init }) => init,
  request: ({ batches, batchSize }) => ({ task: { kind: 'regions', batches }, batchSize }),
  measure: (result) =>
    answerOf(result, 'regions').evaluations.map(({ regions, neurons }) => ({ regions, neurons })),
  value: ({ regions }) => regions,
};

/** {@link evaluateMetric} of {@link linearRegions}: counts of candidates x repeats in one request to the engine. */
export function evaluateRegions(
  request: MetricRequest<RegionSettings>,
): Promise<MetricResult<RegionMeasurement>> {
  return evaluateMetric(linearRegions, request);
}
