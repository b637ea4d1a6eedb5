import { settingError } from '@tenas/base';
import { z } from 'zod';
import type { Ask } from '../ask.js';
import { historyFor, objectiveFields } from '../objective-settings.js';
import { BY_PRESET, fillFromPreset, type PresetName, presetField } from '../presets.js';
import { shortlistFields } from '../shortlist/fields.js';
import { type SupernetTrainingSettings, trainingFields } from '../supernet-training/fields.js';

/** Settings of MANAS, whatever its agents learn by. */
export const manasFields = {
  preset: presetField,
  loss: z
    .enum(['validation', 'metrics'])
    .default('validation')
    .describe(
      'the loss that agents hear: that of trained weights on held-out images, or without training the rank by the metrics',
    ),
  rounds: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe('networks that are drawn and scored under loss metrics; else epochs and batches say how many'),
  scale: z
    .enum(['rank', 'raw'])
    .optional()
    .describe(
      `how agents hear a loss: its rank among the last ones, or over the loss of a guess, 1 at most; metrics have ranks alone${BY_PRESET}`,
    ),
  window: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      `rounds of training that losses are ranked among and that least squares fit; 0: all${BY_PRESET}`,
    ),
  agents: z
    .enum(['shared', 'unique'])
    .optional()
    .describe(
      `in training: all cells of a type have the same agents, or each has agents of its own, and the answer is the vote of the cells${BY_PRESET}`,
    ),
  warmup: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe(
      `epochs at the start in which weights alone learn, on networks that are drawn uniformly; at most the preset's share of the epochs${BY_PRESET}`,
    ),
  answer: z
    .enum(['policy', 'best'])
    .optional()
    .describe(
      'what is found: the choices that the agents prefer, or the best network seen (default: policy; best under loss metrics)',
    ),
  finalists: z
    .int()
    .min(0)
    .max(1000)
    .default(16)
    .describe('networks seen last that are compared under the trained weights in the end, beside the policy'),
  ...objectiveFields,
  ...trainingFields,
  ...shortlistFields,
};

/** Settings of MANAS as given. */
export type GivenManasSettings = z.output<z.ZodObject<typeof manasFields>>;

/** Settings of MANAS that a preset fills in. */
export interface ManasPreset extends SupernetTrainingSettings {
  readonly scale: 'rank' | 'raw';
  readonly window: number;
  readonly warmup: number;
  readonly agents: 'shared' | 'unique';
}

/** Settings of MANAS, complete. */
export type ManasSettings = Omit<GivenManasSettings, keyof ManasPreset | 'answer'> &
  ManasPreset & { readonly answer: 'policy' | 'best' };

const WEIGHTS = {
  batchSize: 64,
  momentum: 0.9,
  untouched: 'keep',
  validation: 0.5,
} as const;

/** The presets of MANAS. `published` has the protocol of DARTS, as the paper says. */
const PRESETS: Readonly<Record<PresetName, ManasPreset>> = {
  quick: {
    ...WEIGHTS,
    ...{ channels: 4, cells: 1, images: 8000, epochs: 80, rate: 0.05, finalRate: 0.001 },
    ...{ weightDecay: 5e-4, clip: 5, affine: true },
    ...{ scale: 'rank', window: 200, warmup: 65, agents: 'shared' },
  },
  published: {
    ...WEIGHTS,
    ...{ channels: 16, cells: 5, images: 100_000_000, epochs: 500 },
    ...{ rate: 0.025, finalRate: 0.001, weightDecay: 3e-4, clip: 5, affine: false },
    ...{ scale: 'raw', window: 0, warmup: 0, agents: 'unique' },
  },
};

/**
 * The settings of MANAS with what depends on others, on space and images.
 *
 * @throws TenasError `SETTING_INVALID` where metrics are to decide and cannot, or settings exclude each other
 */
export function completeManas(
  given: GivenManasSettings,
  about: Pick<Ask, 'space' | 'source' | 'metrics'>,
): ManasSettings {
  const byMetrics = given.loss === 'metrics';
  if (byMetrics) {
    historyFor(about, given);
    const excluded = { scale: 'raw', agents: 'unique' } as const;
    for (const [field, value] of Object.entries(excluded)) {
      if (given[field as keyof typeof excluded] !== value) continue;
      throw settingError(`settings.${field}`, value, 'absent under loss metrics');
    }
  }
  const filled = fillFromPreset<GivenManasSettings, ManasPreset>(given, PRESETS);
  const preset = PRESETS[given.preset];
  // A shorter search warms up for the same share of its epochs.
  const share = Math.floor((filled.epochs * preset.warmup) / preset.epochs);
  const complete = {
    ...filled,
    warmup: given.warmup ?? Math.min(preset.warmup, share),
    answer: given.answer ?? (byMetrics ? ('best' as const) : ('policy' as const)),
  };
  if (complete.warmup >= complete.epochs) {
    throw settingError('settings.warmup', complete.warmup, `less than the ${complete.epochs} epochs`);
  }
  if (byMetrics) return { ...complete, scale: 'rank', agents: 'shared' };
  if (complete.agents === 'unique' && complete.answer === 'best') {
    const right = 'policy where agents are unique, as cells then differ';
    throw settingError('settings.answer', complete.answer, right);
  }
  return complete;
}

/** Rounds in which agents learn. In training each is a batch of an epoch after the warm-up. */
export function roundsOf(
  { loss, rounds, images, validation, batchSize, epochs, warmup }: ManasSettings,
  { size }: Pick<Ask['source'], 'size'>,
): number {
  if (loss === 'metrics') return rounds;
  const used = Math.min(images, size);
  const trained = used - Math.round(validation * used);
  return (epochs - warmup) * Math.max(1, Math.floor(trained / batchSize));
}
