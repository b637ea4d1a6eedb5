import { settingError } from '@tenas/base';
import { z } from 'zod';
import type { Ask } from '../ask.js';
import type { LatencyPredictor } from '../constraints/latency-predictor.js';
import { BY_PRESET, fillFromPreset, type PresetInfo, type PresetName, presetField } from '../presets.js';
import { shortlistFields } from '../shortlist/fields.js';
import { type SupernetTrainingSettings, trainingFields } from '../supernet-training/fields.js';
import type { EvolutionSettings } from './bounded-evolution.js';
import { DEFAULT_OPERATORS, STAGE_ORDERS } from './stages.js';

/** What an answer may cost. */
const BUDGETS = ['macs', 'latency'] as const;

const { cells: _, ...weights } = trainingFields;
const number = (most: number, text: string) =>
  z.int().min(1).max(most).optional().describe(`${text}${BY_PRESET}`);

/** Settings of HURRICANE. */
export const hurricaneSettings = z.strictObject({
  preset: presetField,
  budget: z
    .enum(BUDGETS)
    .default('macs')
    .describe(
      'what is bounded: macs, multiply-adds in millions; or latency in ms, as the latency model of the search predicts it',
    ),
  bound: z
    .number()
    .gt(0)
    .optional()
    .describe(
      'largest latency of an answer in ms, or millions of multiply-adds (default: the median of random architectures)',
    ),
  order: z
    .enum(STAGE_ORDERS)
    .default('late-first')
    .describe('which layers are searched first, with the others fixed; joint: all at once'),
  late: z.number().gt(0).lt(1).default(0.6).describe('share of the layers that count as late'),
  defaultOperator: z
    .enum(DEFAULT_OPERATORS)
    .default('middle')
    .describe('operator of layers that were not searched yet, by its cost among those that are kept'),
  operators: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('operators that are kept of each layer, by capacity against cost'),
  bins: z
    .int()
    .min(1)
    .max(1000)
    .default(7)
    .describe('bins of multiply-adds; each step of training draws a bin, then a path in it'),
  statistics: z
    .enum(['estimated', 'batch'])
    .default('estimated')
    .describe(
      'what batch norms of candidates normalise by: statistics of some training batches, estimated anew for each candidate, or those of the batch',
    ),
  statisticsBatches: number(100_000, 'training batches for estimated statistics'),
  population: number(100_000, 'candidates of a generation'),
  generations: number(100_000, 'generations of a stage; a joint search has twice as many'),
  parents: number(100_000, 'best candidates so far, of which children are made'),
  crossovers: number(100_000, 'children of two parents in a generation'),
  mutations: number(100_000, 'children of one parent in a generation'),
  mutationRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('probability with which a mutation draws a layer anew'),
  ...weights,
  ...shortlistFields,
});

/** Settings of HURRICANE as given. */
export type GivenHurricaneSettings = z.output<typeof hurricaneSettings>;

type HurricanePreset = Omit<SupernetTrainingSettings, 'cells'> &
  Omit<EvolutionSettings, 'mutationRate'> & { readonly statisticsBatches: number };

/** Settings of HURRICANE, complete. */
export type HurricaneSettings = Omit<GivenHurricaneSettings, keyof HurricanePreset> & HurricanePreset;

const PRESETS: Readonly<Record<PresetName, HurricanePreset>> = {
  quick: {
    ...{ channels: 8, images: 6000, validation: 0.2, epochs: 3, batchSize: 64, rate: 0.1, finalRate: 0 },
    ...{ momentum: 0.9, weightDecay: 4e-5, clip: 5, affine: false, untouched: 'keep' },
    ...{ population: 20, generations: 5, parents: 5, crossovers: 8, mutations: 8, statisticsBatches: 10 },
  },
  // Of Single Path One-Shot, whose 150,000 steps of 1,024 images are 120 epochs of ImageNet.
  published: {
    ...{ channels: 32, images: 100_000_000, validation: 0.1, epochs: 120, batchSize: 1024 },
    ...{ rate: 0.5, finalRate: 0, momentum: 0.9, weightDecay: 4e-5, clip: 0 },
    ...{ affine: false, untouched: 'keep' },
    ...{ population: 50, generations: 20, parents: 10, crossovers: 25, mutations: 25 },
    ...{ statisticsBatches: 25 },
  },
};

/** What the presets are, for people. */
export const HURRICANE_PRESETS: Readonly<Record<PresetName, PresetInfo>> = {
  quick: {
    what: '8 channels, 6,000 images, 3 epochs per stage, 5 generations of 20 candidates',
    cost: 'about two minutes of one core',
  },
  published: {
    what: 'the network to train, all images, 120 epochs per stage, 20 generations of 50 candidates',
    cost: 'weeks on two cores',
  },
};

/** Label smoothing of the supernet's loss, as in Single Path One-Shot. */
export const LABEL_SMOOTHING = 0.1;

/**
 * The model of latencies that a search is bounded by; null: multiply-adds are.
 * @throws TenasError `SETTING_INVALID` where it is named and not there
 */
export function requireLatency(
  { budget }: Pick<HurricaneSettings, 'budget'>,
  { latency }: Pick<Ask, 'latency'>,
): LatencyPredictor | null {
  if (budget === 'macs') return null;
  if (latency !== undefined) return latency;
  const right = 'macs, or a latency model beside it: tenas latency table makes one, --latency-model names it';
  throw settingError('settings.budget', budget, right);
}

/** The settings with what the preset says. @throws TenasError `SETTING_INVALID` for more children than candidates */
export function completeHurricane(given: GivenHurricaneSettings): HurricaneSettings {
  const settings = fillFromPreset<GivenHurricaneSettings, HurricanePreset>(given, PRESETS);
  const { crossovers, mutations, population } = settings;
  if (crossovers + mutations > population) {
    throw settingError(
      'settings.crossovers',
      crossovers,
      `at most population - mutations, ${population - mutations}`,
    );
  }
  return settings;
}
