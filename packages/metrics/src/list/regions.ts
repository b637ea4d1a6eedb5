import type { Init, RegionsTask } from '@tenas/native';
import { z } from 'zod';
import type { ProbingMetric } from '../metric.js';
import { initField } from './fields.js';

/** Settings of {@link regions}. */
export interface RegionSettings {
  /** Batches, each normalised by its own statistics. Default 3. */
  readonly batches: number;
  /** Crops in a batch. Default 1,000. */
  readonly batchSize: number;
  /** Rows and columns of a crop. Default null: as the space's network has them. */
  readonly crop: number | null;
  /** Default `kaiming_fan_in`. */
  readonly init: Init;
}

/**
 * Number of linear regions that small crops of images fall into at initialisation, higher is better (TE-NAS, arXiv
 * 2102.11535, section 3.2): how finely the network can divide its inputs.
 */
export const regions: ProbingMetric<RegionSettings, readonly [RegionsTask]> = {
  name: 'regions',
  title: 'number of linear regions',
  better: 'higher',
  least: 1,
  paper: 'Chen, Gong and Wang, ICLR 2021, arXiv 2102.11535',
  symbol: 'R',
  about:
    'How finely a network can tell inputs apart. A network of ReLUs is a patchwork of flat pieces. R counts how many different pieces a few thousand random inputs fall into: more pieces, more complicated functions it can express.',
  needs: [],
  settings: z.strictObject({
    batches: z.int().min(1).max(10_000).default(3).describe('batches, each normalised by its own statistics'),
    batchSize: z.int().min(2).max(100_000).default(1000).describe('crops per batch'),
    crop: z
      .int()
      .min(1)
      .max(256)
      .nullable()
      .default(null)
      .describe("height and width of a crop; null: as the space's network has them"),
    init: initField('kaiming_fan_in'),
  }),
  pass: ({ batches, batchSize, crop, init }) => ({
    network: 'stemless',
    inputs: { kind: 'crops', crop },
    batchSize,
    batches,
    init,
  }),
  tasks: ({ batches }) => [{ kind: 'regions', batches }],
  value: ([answer]) => answer.regions,
};
