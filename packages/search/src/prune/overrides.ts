import { settingError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { CONDITION_NUMBER_CAP, INITS, NTK_MODES } from '@tenas/metrics/definitions';
import { z } from 'zod';
import { shortlistFields } from '../shortlist/fields.js';
import { checkKeeps, refusing } from '../shortlist/stage-keeps.js';
import { PROTOCOLS } from './protocols/protocols.js';
import { FINALS, FINALS_ZEN, type FinalsSettings, type PruningSettings } from './settings.js';

/** A setting whose default the protocol has. */
function ofProtocol<T extends z.ZodType>(schema: T, description: string) {
  return schema.optional().describe(`${description} (default: by protocol)`);
}

/** Far more than anyone waits for, and few enough to hold in memory. */
const MOST_FINALISTS = 1_000_000;
const LIFETIMES = ['repeat', 'candidate', 'round'] as const;

const repeatCount = z.int().min(0).max(10_000);
const aboveOne = z.number().gt(1);
const batchSize = z.int().min(2).max(100_000);
const kernelBatch = z.int().min(2).max(4096);
const batches = z.int().min(1).max(10_000);
const decimals = z.int().min(0).max(15).nullable();
const aggregate = z.enum(['mean', 'median']);
const weights = () => ofProtocol(z.enum(LIFETIMES), 'how long a network keeps its initial weights');
const init = () => ofProtocol(z.enum(INITS), 'initial weights');
const mode = () => ofProtocol(z.enum(NTK_MODES), 'gradients through the batch statistics, or not');

const stages = z
  .array(
    z.strictObject({
      ntk: repeatCount.describe('repeats of the kernel'),
      zen: repeatCount.optional().describe('repeats of the Zen-score (default: 0)'),
      regions: repeatCount.describe('repeats of the regions'),
      keep: z.int().min(1).max(MOST_FINALISTS).describe('architectures that go on'),
    }),
  )
  .min(1)
  .superRefine((stages, context) => {
    const refuse = refusing(context);
    // Later stages may leave one metric as it is.
    if (stages[0]?.ntk === 0 && (stages[0].zen ?? 0) === 0) {
      refuse(0, 'ntk', 'at least 1 in the first stage, or zen at least 1');
    }
    if (stages[0]?.regions === 0) refuse(0, 'regions', 'at least 1 in the first stage');
    checkKeeps(stages, refuse);
  })
  .readonly();

const finals = z.strictObject({
  architectures: ofProtocol(
    z
      .int()
      .min(0)
      .max(MOST_FINALISTS)
      .refine((count) => count !== 1, { error: () => '0, or a whole number from 2' }),
    'when at most so many architectures remain, each is scored; 0: prune to the end',
  ),
  ntk: z
    .strictObject({ mode: mode(), batchSize: ofProtocol(kernelBatch, 'images per batch'), init: init() })
    .optional(),
  regions: z
    .strictObject({
      batches: ofProtocol(batches, 'batches of inputs'),
      batchSize: ofProtocol(batchSize, 'inputs per batch'),
      crop: ofProtocol(z.int().min(1).max(256), 'height and width of an input'),
      init: init(),
    })
    .optional(),
  zen: z
    .strictObject({
      batchSize: ofProtocol(batchSize, 'images per batch'),
      crop: ofProtocol(
        z.int().min(1).max(256).nullable(),
        'height and width of an image; null: as the dataset has them',
      ),
      init: init(),
    })
    .optional(),
  regionWeight: ofProtocol(z.number().gt(0), 'weight of a rank by regions; that by another metric has 1'),
  stages: ofProtocol(
    stages,
    'stages, each with more repeats for the best so far: [{"ntk", "zen", "regions", "keep"}]',
  ),
});

const fields = {
  repeats: ofProtocol(repeatCount.min(1), 'repeats per candidate, each with its own batch'),
  origin: ofProtocol(
    z.enum(['per-candidate', 'per-round']),
    'whether the network before pruning is evaluated again beside every candidate, or once per round',
  ),
  ntk: z
    .strictObject({
      mode: mode(),
      batchSize: ofProtocol(kernelBatch, 'images per NTK batch'),
      init: init(),
      weights: weights(),
    })
    .optional(),
  regions: z
    .strictObject({
      batches: ofProtocol(batches, 'batches of region inputs'),
      batchSize: ofProtocol(batchSize, 'inputs per region batch'),
      init: init(),
      weights: weights(),
    })
    .optional(),
  kappaChange: z
    .strictObject({
      kind: ofProtocol(z.enum(['difference', 'relative', 'log-ratio']), 'change of the condition number'),
      cap: ofProtocol(aboveOne, 'largest condition number of log-ratio'),
      decimals: ofProtocol(decimals, 'decimals to which a change is rounded'),
      aggregate: ofProtocol(aggregate, 'how the changes of the repeats become one'),
    })
    .optional(),
  regionChange: z
    .strictObject({
      kind: ofProtocol(z.enum(['difference', 'relative']), 'change of the number of regions'),
      decimals: ofProtocol(decimals, 'decimals to which a change is rounded'),
      aggregate: ofProtocol(aggregate, 'how the changes of the repeats become one'),
    })
    .optional(),
  failures: z
    .strictObject({
      kind: ofProtocol(z.enum(['worst', 'substitute']), 'value of a kernel without a condition number'),
      originKappa: ofProtocol(aboveOne, 'under worst: condition number of a network before pruning'),
      nan: ofProtocol(aboveOne, 'under substitute: condition number that stands for NaN'),
    })
    .optional(),
  significantDigits: ofProtocol(
    z.int().min(1).max(15).nullable(),
    'digits by which candidates are sorted; null: all',
  ),
  pruneNumber: ofProtocol(z.int().min(1).max(1000), 'operations pruned from each edge in a round'),
  edgePruning: z
    .strictObject({
      kappaOrigin: ofProtocol(
        z.enum(['current', 'before-edges']),
        'the network that kappa is compared with while edges are pruned',
      ),
    })
    .optional(),
  finals: finals
    .nullable()
    .optional()
    .describe('null: no final ranking, prune to the end (default: by protocol)'),
};

const overridesSchema = z.strictObject(fields);

/** Settings to change, field by field. A new `kind` brings the fields that belong to it, with their defaults. */
export type SettingsOverrides = z.input<typeof overridesSchema>;

/** The settings of the strategy: a protocol, and what differs from it. */
export const pruneSettings = z.strictObject({
  protocol: z
    .enum(PROTOCOLS)
    .default('fast')
    .describe(
      'repo (the authors’ code), paper, te-nas-finals, or fast (te-nas-finals, with a faster final ranking where a space has one): it sets all other defaults',
    ),
  active: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .describe('operations to start from, by edge (default: all but none)'),
  ...fields,
  ...shortlistFields,
});

/** {@link pruneSettings}, read. */
export type PruneSettings = z.output<typeof pruneSettings>;

/** Fields that one kind of a setting has and another has not, with their defaults. */
const FIELDS_OF_KINDS = {
  kappaChange: { difference: {}, relative: {}, 'log-ratio': { cap: CONDITION_NUMBER_CAP } },
  failures: { worst: { originKappa: CONDITION_NUMBER_CAP }, substitute: { nan: 1e5 } },
};

/**
 * Settings with some fields changed, checked.
 *
 * @throws TenasError `SETTING_INVALID` naming the field, e.g. `settings.ntk.batchSize`
 */
export function overrideSettings(base: PruningSettings, overrides: SettingsOverrides = {}): PruningSettings {
  return withOverrides(base, readSettings('settings', overridesSchema, overrides));
}

/** {@link overrideSettings} of what the schema has read. */
export function withOverrides(
  base: PruningSettings,
  given: z.output<typeof overridesSchema>,
): PruningSettings {
  return {
    ...over(base, {
      repeats: given.repeats,
      origin: given.origin,
      significantDigits: given.significantDigits,
      pruneNumber: given.pruneNumber,
    }),
    ntk: over(base.ntk, given.ntk),
    regions: over(base.regions, given.regions),
    kappaChange: overKind('kappaChange', base.kappaChange, given.kappaChange),
    regionChange: over(base.regionChange, given.regionChange),
    failures: overKind('failures', base.failures, given.failures),
    edgePruning: over(base.edgePruning, given.edgePruning),
    finals: overFinals(base.finals, given.finals),
  };
}

function overFinals(
  base: FinalsSettings | null,
  given: z.output<typeof fields.finals>,
): FinalsSettings | null {
  if (given === undefined) return base;
  if (given === null || given.architectures === 0) return null;
  const { ntk, regions, zen, ...others } = given;
  const from = base ?? FINALS;
  const finals = over(from, others);
  const scored = finals.stages.some((stage) => (stage.zen ?? 0) > 0);
  return {
    ...finals,
    ntk: over(from.ntk, ntk),
    regions: over(from.regions, regions),
    ...(scored || zen !== undefined ? { zen: over(from.zen ?? FINALS_ZEN, zen) } : {}),
  };
}

/** An object with the fields that are given; those that are `undefined` stay as they are. */
function over<T extends object>(base: T, given: { readonly [F in keyof T]?: T[F] | undefined } = {}): T {
  return { ...base, ...defined(given) };
}

function defined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** {@link over} where fields depend on the kind. @throws TenasError `SETTING_INVALID` for a field of another kind */
function overKind<T extends { readonly kind: string }>(
  section: keyof typeof FIELDS_OF_KINDS,
  base: T,
  given: Readonly<Record<string, unknown>> = {},
): T {
  const kinds: Readonly<Record<string, Readonly<Record<string, unknown>>>> = FIELDS_OF_KINDS[section];
  const kind = String(given.kind ?? base.kind);
  const own = kinds[kind]!;
  const foreign = Object.values(kinds)
    .flatMap((some) => Object.keys(some))
    .filter((field) => !Object.hasOwn(own, field));
  for (const field of foreign) {
    if (given[field] === undefined) continue;
    throw settingError(`settings.${section}.${field}`, given[field], `absent, as ${section}.kind is ${kind}`);
  }
  const kept = Object.entries(base).filter(([field]) => !foreign.includes(field));
  return { ...own, ...Object.fromEntries(kept), ...defined(given) } as T;
}
