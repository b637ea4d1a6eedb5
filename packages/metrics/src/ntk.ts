import { checkInteger, checkOneOf, withDefaults } from '@tenas/base';
import { trainingBatch } from '@tenas/data';
import { conditionOutcome, type NtkOutcome } from './condition-number.js';
import {
  answerOf,
  evaluateMetric,
  INITIALISATIONS,
  type Initialisation,
  type Metric,
  type MetricRequest,
  type MetricResult,
} from './metric.js';

/**
 * How the kernel treats batch norm: `batch` differentiates through the statistics of the batch, as the published code
 * does; `sample` holds them constant, which is far cheaper and ranks no worse.
 */
export type NtkMode = 'batch' | 'sample';

/** All modes. */
export const NTK_MODES: readonly NtkMode[] = ['batch', 'sample'];

/** Settings of the NTK metric. */
export interface NtkSettings {
  /** Default `sample`. */
  readonly mode: NtkMode;
  /** Images in the batch, which is the size of the kernel; default 32. */
  readonly batchSize: number;
  /** Default `kaiming_fan_out`. */
  readonly init: Initialisation;
}

/** One evaluation of the kernel. */
export interface NtkMeasurement {
  readonly outcome: NtkOutcome;
  /** Ascending, one for each image of the batch. */
  readonly eigenvalues: Float64Array;
}

const DEFAULTS: NtkSettings = { mode: 'sample', batchSize: 32, init: 'kaiming_fan_out' };

/**
 * Condition number of the empirical neural tangent kernel at initialisation, lower is better (TE-NAS, arXiv
 * 2102.11535, section 3.1): how differently the modes of the data would be learned.
 */
export const ntk: Metric<NtkSettings, NtkMeasurement> = {
  name: 'ntk',
  title: 'condition number of the neural tangent kernel',
  better: 'lower',
  network: 'ntk',
  defaults: DEFAULTS,
  settings(given = {}) {
    const settings = withDefaults(DEFAULTS, given);
    checkOneOf('mode', settings.mode, NTK_MODES);
    // A kernel of one image has one eigenvalue and says nothing; 4,096 images are 128 MiB of kernel.
    checkInteger('batchSize', settings.batchSize, 2, 4096);
    checkOneOf('init', settings.init, INITIALISATIONS);
    return settings;
  },
  inputs: (source, { seed, batch }, { batchSize }, signal) =>
    trainingBatch(source, { batchSize, seed, repeat: batch, signal }).then(({ images }) => images),
  initialisation: ({ init }) => init,
  request: ({ mode, batchSize }) => ({ task: { kind: 'ntk', mode }, batchSize }),
  measure: (result) =>
    answerOf(result, 'ntk').evaluations.map(({ eigenvalues }) => ({
      outcome: conditionOutcome(eigenvalues),
      eigenvalues,
    })),
  value: ({ outcome }) => (outcome.kind === 'ok' ? outcome.conditionNumber : Number.POSITIVE_INFINITY),
};

/** {@link evaluateMetric} of {@link ntk}: kernels of candidates x repeats in one request to the engine. */
export function evaluateNtk(request: MetricRequest<NtkSettings>): Promise<MetricResult<NtkMeasurement>> {
  return evaluateMetric(ntk, request);
}
