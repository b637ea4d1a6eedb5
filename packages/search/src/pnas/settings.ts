import { z } from 'zod';
import { objectiveFields } from '../objective-settings.js';
import { BY_PRESET, fillFromPreset, type PresetInfo, type PresetName, presetField } from '../presets.js';
import { shortlistFields } from '../shortlist/fields.js';

/** Most weights of a predictor that a search can afford to fit. */
const MOST_UNITS = 1000;

export const settings = z.strictObject({
  preset: presetField,
  beam: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe(
      `cells of each level from the second on that are scored, and that the next level extends${BY_PRESET}`,
    ),
  predictor: z
    .enum(['mlp', 'lstm'])
    .default('mlp')
    .describe(
      'mlp: embeddings averaged over the blocks, in any order; lstm: the tokens of the blocks one by one',
    ),
  members: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('predictors whose mean counts; each is fitted to all cells but one part of as many'),
  embedding: z
    .int()
    .min(1)
    .max(MOST_UNITS)
    .optional()
    .describe(`numbers that stand for an input or an operation${BY_PRESET}`),
  units: z.int().min(1).max(MOST_UNITS).optional().describe(`units of the predictor${BY_PRESET}`),
  epochs: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe('passes over the cells of the first level when the predictor is fitted to them'),
  refits: z
    .int()
    .min(1)
    .max(100_000)
    .default(200)
    .describe('passes over all cells so far when the predictor is fitted again, from its weights on'),
  batch: z.int().min(1).max(100_000).default(16).describe('cells per step of a predictor'),
  rate: z.number().gt(0).max(10).default(0.01).describe('step of Adam when the predictor is fitted first'),
  refitRate: z.number().gt(0).max(10).default(0.002).describe('step of Adam when it is fitted again'),
  target: z
    .enum(['rank', 'value'])
    .default('rank')
    .describe(
      'what the predictor learns: the share of cells so far that are worse by the metrics; or the value of the one metric, as it is where it is from 0 to 1 (accuracies, as published), else standardised',
    ),
  ...objectiveFields,
  ...shortlistFields,
});

/** Settings as given. */
export type PnasSettings = z.output<typeof settings>;

/** The numbers of the paper as far as they are known, and smaller ones. */
const BY_NAME: Readonly<Record<PresetName, { beam: number; embedding: number; units: number }>> = {
  quick: { beam: 30, embedding: 16, units: 64 },
  published: { beam: 256, embedding: 100, units: 100 },
};

/** The settings with those that the preset says. */
export function completed(given: PnasSettings) {
  return fillFromPreset(given, BY_NAME);
}

/** What the presets are. */
export const presets: Readonly<Record<PresetName, PresetInfo>> = {
  quick: {
    what: 'beam of 30: 256 cells of five blocks, scored by the metrics',
    cost: 'under a minute on two cores by metrics without training',
  },
  published: {
    what: 'beam of 256: 1,160 cells of five blocks; the paper trains each for 20 epochs',
    cost: 'minutes by metrics without training; days with',
  },
};
