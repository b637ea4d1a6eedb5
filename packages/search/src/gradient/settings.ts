import { settingError } from '@tenas/base';
import { LEARNING_TASKS } from '@tenas/data/definitions';
import type { Space } from '@tenas/spaces';
import { z } from 'zod';
import { BY_PRESET, fillFromPreset, type PresetName, presetField } from '../presets.js';
import { shortlistFields } from '../shortlist/fields.js';
import { type SupernetTrainingSettings, trainingFields } from '../supernet-training/fields.js';

/** Architectures that records hold of the last comparison at most. */
const MOST_FINALISTS = 1000;

/** Settings of both strategies that descend the gradient by the architecture. */
export const learningFields = {
  preset: presetField,
  ...trainingFields,
  task: z
    .enum(LEARNING_TASKS)
    .default('labels')
    .describe('what the supernet learns on the images: their labels, or a task that needs none'),
  alphaRate: z
    .number()
    .gt(0)
    .max(100)
    .optional()
    .describe(`step of Adam (0.5, 0.999) for the architecture's values${BY_PRESET}`),
  alphaDecay: z
    .number()
    .min(0)
    .max(10)
    .optional()
    .describe(`L2 decay of the architecture's values${BY_PRESET}`),
  warmup: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe(
      `epochs at the start in which the weights learn alone, by default at most half of them or the preset's share${BY_PRESET}`,
    ),
  genotype: z
    .enum(['edges', 'pairs'])
    .optional()
    .describe(
      `how inputs are chosen where a space keeps some edges: the best operation of each edge, then the best edges (papers); or the best pairs of edge and operation, two of which may be on one edge (code of GDAS)${BY_PRESET}`,
    ),
  penalty: z
    .number()
    .min(0)
    .max(1e6)
    .optional()
    .describe(
      'weight in the loss of the share by which the expected cost is above a constraint (default: 1; no constraint, no penalty)',
    ),
  answer: z
    .enum(['policy', 'best'])
    .optional()
    .describe(
      `what is found: policy, what the probabilities decide for, as published; or best, the finalist with the lowest loss under the trained weights, or after finetune${BY_PRESET}`,
    ),
  finalists: z
    .int()
    .min(1)
    .max(MOST_FINALISTS)
    .optional()
    .describe(
      `for answer best: architectures that are compared in the end, the likeliest one and others that are drawn from the probabilities${BY_PRESET}`,
    ),
  finetune: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      `for answer best: steps that each finalist is trained for in the first round, alone on its path from the shared weights; 0: they are compared under the shared weights${BY_PRESET}`,
    ),
  halving: z
    .int()
    .min(2)
    .max(MOST_FINALISTS)
    .default(4)
    .describe(
      'for finetune: one in so many finalists goes on to the next round, for so many times the steps; the best of the last round is the answer',
    ),
  judge: z
    .enum(['training-loss', 'validation-loss'])
    .default('training-loss')
    .describe(
      'for finetune: the loss that a round compares: the mean over the last half of its training steps, or that of the validation images after it',
    ),
  side: z
    .int()
    .min(1)
    .max(65_536)
    .nullable()
    .optional()
    .describe(
      `height and width that square images are shrunk to; null, or where theirs is no multiple: they stay as they are${BY_PRESET}`,
    ),
  augment: z.boolean().optional().describe(`whether images to train on are cropped and flipped${BY_PRESET}`),
  ...shortlistFields,
};

const mixture = z.strictObject(learningFields);
export const mixtureSettings = mixture;
export type MixtureSettings = z.output<typeof mixture>;

const gdas = z.strictObject({
  ...learningFields,
  tauMax: z.number().gt(0).max(1000).optional().describe(`temperature of the first epoch${BY_PRESET}`),
  tauMin: z
    .number()
    .gt(0)
    .max(1000)
    .optional()
    .describe(`temperature of the last epoch, reached in a straight line${BY_PRESET}`),
  estimator: z
    .enum(['G', 'G-S'])
    .optional()
    .describe(
      `gradient by the values: G as in the paper, or G-S as in the code of its authors’ benchmark, which takes off the sum of the gradient at the edge${BY_PRESET}`,
    ),
  draws: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      `draws whose gradients by the values are averaged in each step of the architecture, 1 as published; ROME has 7${BY_PRESET}`,
    ),
});
export const gdasSettings = gdas;
export type GdasSettings = z.output<typeof gdas>;

/** What depends on the preset in both strategies. */
interface LearningPreset extends SupernetTrainingSettings {
  readonly alphaRate: number;
  readonly alphaDecay: number;
  readonly warmup: number;
  readonly genotype: 'edges' | 'pairs';
  readonly answer: 'policy' | 'best';
  readonly finalists: number;
  readonly finetune: number;
  readonly side: number | null;
  readonly augment: boolean;
}
interface GdasPreset extends LearningPreset {
  readonly tauMax: number;
  readonly tauMin: number;
  readonly estimator: 'G' | 'G-S';
  readonly draws: number;
}

/** Complete settings. */
export type CompleteLearning = Omit<MixtureSettings, keyof LearningPreset> & LearningPreset;
export type CompleteGdas = Omit<GdasSettings, keyof GdasPreset> & GdasPreset;

/** As DARTS, GDAS and the code of NAS-Bench-201 train the weights. */
const PUBLISHED: LearningPreset = {
  channels: 16,
  cells: 5,
  images: 50_000,
  validation: 0.5,
  epochs: 250,
  batchSize: 64,
  rate: 0.025,
  finalRate: 0.001,
  momentum: 0.9,
  weightDecay: 5e-4,
  clip: 5,
  affine: false,
  untouched: 'decay',
  alphaRate: 3e-4,
  alphaDecay: 1e-3,
  warmup: 0,
  genotype: 'edges',
  answer: 'policy',
  finalists: 100,
  finetune: 0,
  side: null,
  augment: true,
};

/** Ours: a narrow, short supernet, and larger steps, as there are few. */
const QUICK: LearningPreset = {
  ...PUBLISHED,
  cells: 1,
  images: 10_000,
  rate: 0.2,
  affine: true,
  alphaRate: 0.02,
  untouched: 'keep',
};

/** The supernet of one cell that quick presets train. */
const NARROW = { channels: 4, rate: 0.05 };

/** Small images and batches: many steps in little time, which is what ranks networks that are trained on. */
const SMALL = { side: 16, batchSize: 16, augment: false };

const TEMPERATURE = { tauMax: 10, tauMin: 0.1 };

/** Whether a space has two cells whose nodes keep some of their inputs, as that of DARTS. */
function keepsSomeEdges(space: Space): boolean {
  return space.supernet !== undefined && space.supernet.edgePruning !== null;
}

/**
 * A warm-up that was not given is at most half of the epochs, or the preset's share of them where that is more.
 *
 * @throws TenasError `SETTING_INVALID` where the architecture would have no epoch to learn in
 */
function withWarmup<S extends { readonly warmup: number; readonly epochs: number }>(
  settings: S,
  given: { readonly warmup?: number | undefined },
  preset: { readonly warmup: number; readonly epochs: number },
): S {
  const { epochs } = settings;
  const most = Math.floor(Math.max(epochs / 2, (epochs * preset.warmup) / preset.epochs));
  const warmup = given.warmup ?? Math.min(preset.warmup, most);
  if (warmup < epochs) return { ...settings, warmup };
  throw settingError('settings.warmup', warmup, `less than the ${epochs} epochs`);
}

/** GDAS with what the preset says for a space. @throws TenasError `SETTING_INVALID` */
export function completeGdas(given: GdasSettings, space: Space): CompleteGdas {
  const pruned = keepsSomeEdges(space);
  const presets: Record<PresetName, GdasPreset> = {
    quick: {
      ...QUICK,
      ...(pruned
        ? { ...TEMPERATURE, channels: 4, images: 4000, epochs: 20, warmup: 5, draws: 2 }
        : {
            ...{ ...NARROW, ...SMALL, epochs: 40, warmup: 20 },
            ...{ alphaRate: 0.003, tauMax: 1, tauMin: 0.5, draws: 2 },
            ...{ answer: 'best', finalists: 64, finetune: 400 },
            // Tiles of images of 16x16 are too small.
            ...(given.task.startsWith('jigsaw') ? { side: null } : {}),
          }),
      genotype: 'edges',
      estimator: 'G',
    },
    published: {
      ...PUBLISHED,
      ...TEMPERATURE,
      ...(pruned ? { cells: 2, batchSize: 256 } : {}),
      genotype: pruned ? 'pairs' : 'edges',
      estimator: pruned ? 'G' : 'G-S',
      draws: 1,
    },
  };
  return withWarmup(fillFromPreset(given, presets), given, presets[given.preset]);
}

/** First-order DARTS with what the preset says for a space. @throws TenasError `SETTING_INVALID` */
export function completeMixture(given: MixtureSettings, space: Space): CompleteLearning {
  const pruned = keepsSomeEdges(space);
  const presets: Record<PresetName, LearningPreset> = {
    quick: pruned
      ? { ...QUICK, channels: 4, images: 4000, epochs: 10, warmup: 2 }
      : { ...QUICK, ...NARROW, epochs: 30, warmup: 15, alphaRate: 0.003 },
    published: {
      ...PUBLISHED,
      epochs: 50,
      ...(pruned ? { cells: 2, weightDecay: 3e-4 } : {}),
    },
  };
  return withWarmup(fillFromPreset(given, presets), given, presets[given.preset]);
}
