import { wholeNumberText } from '@tenas/base';
import { scoreFieldsV1 } from '@tenas/records';
import { DEFAULT_STRATEGY } from '@tenas/search';
import { DEFAULT_SPACE, QUICK_RECIPE } from '@tenas/spaces';
import { z } from 'zod';
import { MOST_BATCH, MOST_EPOCHS, MOST_REPEATS } from '../task-reading.js';

/** Seeds are listed one by one, so a range has to end somewhere. */
const MOST_SEEDS = 1_000_000;

function oneOf<const T extends string>(words: readonly T[]) {
  return z.enum(words as readonly [T, ...T[]], { error: () => `one of ${words.join(', ')}` });
}

function integer(minimum: number, maximum: number) {
  const wanted = wholeNumberText(minimum, maximum);
  return z
    .int({ error: () => wanted })
    .min(minimum, { error: () => wanted })
    .max(maximum, { error: () => wanted });
}

function text(wanted: string) {
  return z.string({ error: () => wanted }).min(1, { error: () => wanted });
}

/** One value, or a list of them. */
function oneOrMore<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(item).min(1, { error: () => 'at least one value' }),
  );
}

/** Only the fields that are listed; the message names those. */
function fields<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `only the fields ${known}` : `the fields ${known}`,
  });
}

const seedRange = /^(\d+)\.\.(\d+)$/;
const seed = integer(0, Number.MAX_SAFE_INTEGER);

/** A seed, a list of seeds, or a range that includes both ends, as `0..499`. */
const seeds = z.preprocess(
  (value) => {
    const range = typeof value === 'string' ? seedRange.exec(value) : null;
    if (range === null) return Array.isArray(value) ? value : [value];
    const [first, last] = [Number(range[1]), Number(range[2])];
    if (!Number.isSafeInteger(last) || last < first || last - first >= MOST_SEEDS) return [value];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  },
  z
    .array(z.int({ error: () => 'a seed, a list of seeds, or a range such as 0..499' }).pipe(seed))
    .min(1, { error: () => 'at least one seed' }),
);

const architectures = z.union(
  [
    z.literal('all'),
    fields({ sample: integer(1, 100_000), seed: seed.default(0) }),
    fields({ file: text('a file with one architecture a line, or a CSV with a column arch') }),
    fields({
      batch: text('the --out folder of a batch'),
      metric: text('a metric').optional(),
      best: integer(1, 100_000).optional(),
    }).refine(({ metric, best }) => (metric === undefined) === (best === undefined), {
      error: () => '{batch: FOLDER}, or {batch: FOLDER, metric: NAME, best: COUNT}',
    }),
    z.array(text('an architecture')).min(1, { error: () => 'at least one architecture' }),
  ],
  {
    error: () =>
      'all, a list of architectures, {sample: COUNT, seed: N}, {file: a file with one architecture a line, or a CSV with a column arch}, {batch: FOLDER}, or {batch: FOLDER, metric: NAME, best: COUNT}',
  },
);

/** A name or a file; what it stands for is looked up when the batch is planned. */
const space = text('the name of a space, or its file as ./space.mjs');
const strategy = text('the name of a strategy, or its file as ./strategy.mjs');

const settings = z.record(z.string(), z.unknown(), { error: () => 'settings, as {repeats: 3}' });

const withSettings = '{NAME: {SETTING: VALUE}}';

/** A metric: its name or its file, or one of these with settings. */
const metric = z
  .union([text('a metric'), z.record(z.string(), settings)], {
    error: () => `a metric by its name or its file, or with settings as ${withSettings}`,
  })
  .transform((given, context) => {
    if (typeof given === 'string') return { name: given, settings: {} };
    const [entry, another] = Object.entries(given);
    if (entry !== undefined && another === undefined) return { name: entry[0], settings: entry[1] };
    context.addIssue({ code: 'custom', message: `one metric per entry, each as ${withSettings}` });
    return z.NEVER;
  });
const metrics = oneOrMore(metric).optional();

const search = fields({
  spaces: oneOrMore(space).default([DEFAULT_SPACE]),
  datasets: oneOrMore(text('the name of a dataset')).default(['synthetic']),
  strategy: strategy.default(DEFAULT_STRATEGY),
  protocols: oneOrMore(text('a protocol')).optional(),
  settings: oneOrMore(settings).optional(),
  // The names of the settings in version 0.1.
  overrides: oneOrMore(settings).optional(),
  metrics,
  constraints: oneOrMore(text("a bound, as 'params<=0.4M'")).optional(),
  latencyModel: text('a file of tenas latency table').optional(),
  seeds: seeds.default([0]),
}).refine(({ settings, overrides }) => settings === undefined || overrides === undefined, {
  error: () => 'settings or overrides, which mean the same',
});

const score = fields({
  spaces: oneOrMore(space).default([DEFAULT_SPACE]),
  datasets: oneOrMore(text('the name of a dataset')).default(['synthetic']),
  architectures,
  seeds: seeds.default([0]),
  repeats: integer(1, MOST_REPEATS).default(3),
  metrics,
  ...scoreFieldsV1,
  isomorphic: oneOf(['shared', 'each']).default('shared'),
}).refine(
  ({ metrics, ...section }) =>
    metrics === undefined || Object.keys(scoreFieldsV1).every((field) => !Object.hasOwn(section, field)),
  { error: () => `settings of metrics under metrics, each as ${withSettings}` },
);

/** A number of images, or a share of them; 0: none. */
const heldOut = z
  .number({ error: () => wantedHeldOut })
  .refine((value) => value >= 0 && (value < 1 || Number.isSafeInteger(value)), {
    error: () => wantedHeldOut,
  });
const wantedHeldOut = 'a share below 1, such as 0.1, or a number of images; 0 for none';

const train = fields({
  spaces: oneOrMore(space).default([DEFAULT_SPACE]),
  datasets: oneOrMore(text('the name of a dataset')).default(['synthetic']),
  architectures,
  recipes: oneOrMore(text('the name of a recipe')).default([QUICK_RECIPE.name]),
  settings: oneOrMore(settings).default([{}]),
  epochs: oneOrMore(integer(1, MOST_EPOCHS)).optional(),
  batchSizes: oneOrMore(integer(1, MOST_BATCH)).optional(),
  channels: oneOrMore(integer(1, 65_536)).optional(),
  cells: oneOrMore(integer(1, 1000)).optional(),
  seeds: seeds.default([0]),
  validation: heldOut.default(0.1),
  images: integer(2, Number.MAX_SAFE_INTEGER).optional(),
});

const dataset = fields({
  dataset: text('the name of a dataset').optional(),
  data: text('a folder').optional(),
  size: integer(1, 512).optional(),
  seed: seed.optional(),
});

/** The spec of a batch: the file that `tenas batch run` reads. */
export const specSchema = fields({
  datasets: z
    .record(z.string(), dataset, { error: () => 'names of datasets, each with {data: FOLDER}' })
    .default({}),
  search: oneOrMore(search).optional(),
  score: oneOrMore(score).optional(),
  train: oneOrMore(train).optional(),
  attempts: integer(1, 100).default(3),
}).refine(({ search, score, train }) => [search, score, train].some((section) => section !== undefined), {
  error: () => 'a section search, score or train',
});

/** A spec, checked, with defaults filled in. */
export type BatchSpec = z.output<typeof specSchema>;
/** A section `score` of a spec. */
export type ScoreSection = z.output<typeof score>;
/** A metric that a section names. */
export type SpecMetric = z.output<typeof metric>;
/** A section `search` of a spec. */
export type SearchSection = z.output<typeof search>;
/** A section `train` of a spec. */
export type TrainSection = z.output<typeof train>;
/** The architectures of a section. */
export type SpecArchitectures = z.output<typeof architectures>;
