import { z } from 'zod';
import {
  amount,
  architectureText,
  byName,
  count,
  estimate,
  finite,
  type Immutable,
  list,
  name,
  text,
} from './fields.js';
import { metricInfoSchema } from './scores.js';

/** Version of the documents of comparisons of batches. */
export const BATCH_COMPARISON_VERSION = 1;

const MOST_PAIRS = 1_000_000;
const MOST_SETTINGS = 10_000;
const MOST_METRICS = 256;

/** A value of either batch. */
function ofBoth<S extends z.ZodType>(value: S) {
  return z.object({ a: value, b: value });
}

const kind = z.enum(['score', 'search', 'train'], { error: () => 'score, search or train' });

const batchSchema = z.object({
  /** As it was named. */
  name: text,
  jobs: z.object({ done: count, failed: count, waiting: count }),
});

/** Values of one metric in both batches, side by side. */
const pairedValuesSchema = z.object({
  metric: name,
  /** Pairs of which both have a value. */
  pairs: count,
  /** Architectures or seeds of these pairs (`over`): each counts once, with the mean of its pairs. */
  units: count,
  mean: ofBoth(finite.nullable()),
  /** Mean of B - A over the units, with its interval; there is none of fewer than ten units. */
  difference: estimate,
  /** Median of B - A over the units. */
  median: finite.nullable(),
  /** Units of which the value is higher in A, in B, or equal. */
  higher: ofBoth(count),
  equal: count,
  /** Two-sided probability of the signed-rank test of the units' differences; null without units. */
  signedRank: finite.nullable(),
  /** How alike both batches rank the architectures; null where seeds are the units, and of fewer than ten. */
  kendall: estimate,
  spearman: estimate,
  /** Values by pair. */
  values: ofBoth(list(finite.nullable(), MOST_PAIRS)),
});

/** Two settings of jobs, one of each batch, whose jobs are compared. */
const pairedSettingsSchema = z.object({
  kind,
  space: name,
  dataset: name,
  /** The dataset in words that tell several of its name apart; absent from earlier documents. */
  images: ofBoth(text).optional(),
  /** Protocol or strategy of searches, recipe of trainings; null for scores. */
  method: ofBoth(text.nullable()),
  /** Settings in which they differ, as text; null: there is no such setting. */
  differences: list(z.object({ setting: text, a: text.nullable(), b: text.nullable() }), MOST_SETTINGS),
  /** Instruction sets or GPUs of the pairs, where they differ. */
  machines: ofBoth(list(text, 1000)),
  /** Whether architectures or seeds are the units. */
  over: z.enum(['architectures', 'seeds'], { error: () => 'architectures or seeds' }),
  /** The jobs that both have: by seed, and by architecture where a search has not to find it. */
  pairs: list(z.object({ seed: count, a: architectureText, b: architectureText }), MOST_PAIRS),
  /** Pairs of searches that found the same architecture; null for other jobs. */
  foundSame: count.nullable(),
  /** Jobs that only one batch has. */
  only: ofBoth(count),
  /** Seconds that the paired jobs took. */
  seconds: ofBoth(amount),
  metrics: list(pairedValuesSchema, MOST_METRICS),
});

/** A comparison of two batches: paired differences of what both measured. */
export const batchComparisonSchema = z.object({
  kind: z.literal('batch-comparison', { error: () => 'batch-comparison' }),
  comparisonVersion: z.literal(BATCH_COMPARISON_VERSION, { error: () => `${BATCH_COMPARISON_VERSION}` }),
  batches: ofBoth(batchSchema),
  bootstrap: z.object({ resamples: count, confidence: finite, seed: count }),
  settings: list(pairedSettingsSchema, MOST_SETTINGS),
  /** Settings without a counterpart in the other batch: there is none, or there are several. */
  unpaired: list(
    z.object({
      batch: z.enum(['a', 'b'], { error: () => 'a or b' }),
      kind,
      space: name,
      dataset: name,
      /** As above. */
      images: text.optional(),
      method: text.nullable(),
      jobs: count,
      reason: z.enum(['absent', 'ambiguous'], { error: () => 'absent or ambiguous' }),
      settings: byName(text, MOST_SETTINGS),
    }),
    MOST_SETTINGS,
  ),
  /** Titles and directions of the metrics. */
  metrics: list(metricInfoSchema, MOST_METRICS),
});

/** The document of a comparison of two batches. */
export type BatchComparison = Immutable<z.output<typeof batchComparisonSchema>>;

/** Two settings of jobs, one of each batch, whose jobs are compared. */
export type PairedSettings = BatchComparison['settings'][number];

/** Values of one metric in both batches, side by side. */
export type PairedValues = PairedSettings['metrics'][number];
