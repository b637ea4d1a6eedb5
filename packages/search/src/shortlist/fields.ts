import { DEFAULT_STAGE } from '@tenas/metrics/definitions';
import { z } from 'zod';
import { objectiveFields } from '../objective-settings.js';
import { checkKeeps, refusing } from './stage-keeps.js';

/** More are no shortlist. */
const MOST = 100_000;

/** A metric by its name, or with settings: `{NAME: {SETTING: VALUE}}`. */
const metric = z.union([
  z.string().min(1),
  z.record(z.string(), z.record(z.string(), z.unknown())).refine((given) => Object.keys(given).length === 1, {
    error: () => 'one metric per entry, each as {NAME: {SETTING: VALUE}}',
  }),
]);

const stage = z.strictObject({
  metrics: z.array(metric).min(1).readonly().default([DEFAULT_STAGE]).describe('metrics that decide'),
  repeats: objectiveFields.repeats,
  // Without a default: the name of an aggregate among the metrics says it.
  aggregate: objectiveFields.aggregate.unwrap().optional(),
  missing: objectiveFields.missing,
  keep: z.int().min(1).max(MOST).default(1).describe('architectures that go on'),
});

/**
 * Settings of a strategy that ends in a shortlist: a `Shortlist` compares the best architectures of the search anew. Put
 * these fields among those of the strategy's settings.
 */
export const shortlistFields = {
  shortlist: z
    .int()
    .min(0)
    .max(MOST)
    .refine((count) => count !== 1, { error: () => '0, or a whole number from 2' })
    .optional()
    .describe(
      `architectures, the best of the search, that are compared anew at its end, by ${DEFAULT_STAGE} or as stages says; the best of them is found (default: 0, none)`,
    ),
  stages: z
    .array(stage)
    .min(1)
    .superRefine((stages, context) => checkKeeps(stages, refusing(context)))
    .readonly()
    .optional()
    .describe(
      `how the shortlist is compared, stage by stage, each on fresh repeats: [{"metrics", "repeats", "aggregate", "missing", "keep"}], the last of which keeps 1 (default: one stage by ${DEFAULT_STAGE})`,
    ),
};

const settings = z.object(shortlistFields);

/** {@link shortlistFields}, read. */
export type ShortlistSettings = z.output<typeof settings>;

/** The default of `stages`. */
export const DEFAULT_STAGES: NonNullable<ShortlistSettings['stages']> = [stage.parse({})];
