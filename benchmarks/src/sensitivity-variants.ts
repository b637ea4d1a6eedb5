import { getPreset, metricsOfPreset } from '@tenas/metrics';
import { eachMetric, type Variant } from './variant-scores.js';

/** A sample of a table that the variants are tried on. */
export interface SensitivityTable {
  /** Name of its CSV among the tables of the study. */
  readonly name: string;
  readonly space: string;
  /** Architectures of the sample. */
  readonly size: number;
  readonly variants: readonly Variant[];
}

/** Aggregates whose variants are judged beside those of the metrics. */
export const SENSITIVE_PRESETS = [getPreset('tenas'), getPreset('az-nas')] as const;

const AZ = ['az-expressivity', 'az-progressivity', 'az-trainability'];
const OF_IMAGES = ['naswot', 'meco', 'near', 'swap', 'zico'];
const OF_BATCHES = ['naswot', 'near', 'zen', 'zico', ...AZ];

/** The metrics that vary. */
export const SENSITIVE_METRICS: readonly string[] = [...OF_IMAGES, 'zen', 'synflow', ...AZ];

/** Counts that aggregates need and gains are measured by. They do not vary. */
export const SENSITIVE_COUNTS: readonly string[] = [
  ...new Set([
    'params',
    'macs',
    ...SENSITIVE_PRESETS.flatMap(metricsOfPreset).filter((metric) => !SENSITIVE_METRICS.includes(metric)),
  ]),
];

function inits(init: string, whereNotDefault: readonly string[]): Variant {
  return { name: `init ${init}`, ...eachMetric(whereNotDefault, () => ({ init })) };
}

/** Images per batch of a metric by default. */
const usual = (metric: string) => ({ naswot: 128, swap: 16 })[metric] ?? 64;

/** The variant that all others are compared with. */
export const AS_IS: Variant = { name: 'as it is', metrics: SENSITIVE_METRICS };

const EVERYWHERE: readonly Variant[] = [
  AS_IS,
  { name: 'seed 1', metrics: SENSITIVE_METRICS, seed: 1 },
  { name: 'seed 2', metrics: SENSITIVE_METRICS, seed: 2 },
  { name: '3 repeats', metrics: SENSITIVE_METRICS, repeats: 3 },
  {
    name: 'a quarter of the batch',
    ...eachMetric([...OF_BATCHES, 'swap'], (metric) => ({ batchSize: usual(metric) / 4 })),
  },
  { name: 'twice the batch', ...eachMetric(OF_BATCHES, (metric) => ({ batchSize: usual(metric) * 2 })) },
  { name: 'synthetic images', metrics: OF_IMAGES, images: 'synthetic' },
  inits('kaiming_fan_in', [...OF_IMAGES, 'zen', 'synflow']),
  inits('kaiming_fan_out', SENSITIVE_METRICS),
  inits('normal', [...OF_IMAGES.filter((metric) => metric !== 'swap'), 'synflow', ...AZ]),
  inits('pytorch', ['swap', 'zen', ...AZ]),
];

function sized(name: string, network: object): Variant {
  return { name, metrics: SENSITIVE_METRICS, network };
}

/** The tables, and their variants. */
export const SENSITIVITY_TABLES: readonly SensitivityTable[] = [
  {
    name: 'nb201',
    space: 'nas-bench-201',
    size: 300,
    variants: [
      ...EVERYWHERE,
      sized('C=1', { C: 1 }),
      sized('C=8', { C: 8 }),
      sized('C=16', { C: 16 }),
      sized('N=2', { N: 2 }),
    ],
  },
  {
    name: 'darts',
    space: 'darts',
    size: 100,
    variants: [
      ...EVERYWHERE,
      sized('C=4', { C: 4 }),
      sized('C=8', { C: 8 }),
      sized('3 cells', { depth: 3 }),
      sized('6 cells', { N: 2, depth: 6 }),
    ],
  },
];
