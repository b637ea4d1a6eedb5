import { z } from 'zod';
import {
  amount,
  architectureText,
  count,
  finite,
  type Immutable,
  json,
  jsonObject,
  list,
  name,
  size,
  text,
} from './fields.js';
import { costModelSchema, frontSchema, objectivesSchema } from './front.js';
import { parseDocument } from './parse-document.js';
import { plugInsSchema } from './plug-in-reference.js';
import {
  datasetReferenceSchema,
  evaluationsSchema,
  failuresSchema,
  metricInfosSchema,
  metricSecondsSchema,
  notesSchema,
  scoresSchema,
} from './scores.js';

/** Version of the format that searches write. */
export const RECORD_VERSION = 2 as const;

const MOST_STEPS = 1_000_000;
const MOST_SCORED = 10_000_000;
const MOST_FINALISTS = 1_000_000;
const MOST_CONSTRAINTS = 100;

/** The images of a search. */
export const datasetSchema = datasetReferenceSchema.extend({
  images: count,
  /** The dataset that the images are a sample of; null: they are the whole dataset. */
  sampledFrom: z.object({ images: count, estimated: z.boolean() }).nullable().default(null),
  /** Images that could not be read and were replaced by others. */
  skipped: count.default(0),
  classes: size,
  height: size,
  width: size,
});

/** Versions of the programs that made a record. */
export const versionsSchema = z.object({
  /** Version of the command; absent if another program called the library. */
  tool: text.optional(),
  search: text,
  engine: z.object({ name: text, version: text, isa: text, device: text.optional() }),
});

/** The best architecture after a step, by what the strategy looks for. */
export const bestSchema = z.object({ architecture: architectureText, scores: scoresSchema });

/** An upper bound on what the answer of a search costs. */
export const constraintSchema = z.object({
  name,
  op: z.literal('<=', { error: () => '<=' }),
  limit: amount,
  unit: name,
  /** The model that predicted the cost; absent: it was counted. */
  model: costModelSchema.optional(),
  /** Cost of the architecture of the record; null: there is none. */
  value: finite.nullable(),
});

/** An upper bound on what the answer of a search costs. */
export type RecordedConstraint = Immutable<z.output<typeof constraintSchema>>;

/** A step of a search: what took time, whatever the strategy does in it. */
export const stepSchema = z.object({
  /** From 0. */
  step: count,
  /** For people: `round 1`, `generation 12`. */
  label: text,
  evaluations: evaluationsSchema,
  failures: failuresSchema.default({}),
  seconds: amount,
  /** Seconds of it that the search waited for each metric; absent: not recorded per metric. */
  metricSeconds: metricSecondsSchema.optional(),
  /** Absent where the strategy has no candidate for the best one yet. */
  best: bestSchema.optional(),
  /** Architectures that were compared in the step, best first, and how many of them went on; absent where it compared none. */
  stage: z
    .object({
      finalists: list(bestSchema, MOST_FINALISTS, 'a list of architectures with scores'),
      kept: count,
    })
    .optional(),
  /** The search was stopped in this step. */
  unfinished: z.literal(true).optional(),
});

/** A step of a search. */
export type SearchStep = Immutable<z.output<typeof stepSchema>>;

/** An architecture that a search scored on its way. */
export const scoredSchema = z.object({
  architecture: architectureText,
  /** Repeats that it was scored on, and the number of the first: later ones are other batches and weights. */
  repeats: count,
  from: count,
  scores: scoresSchema,
});

/** An architecture that a search scored on its way. */
export type ScoredArchitecture = Immutable<z.output<typeof scoredSchema>>;

function commonFields() {
  return {
    recordVersion: z.literal(RECORD_VERSION, { error: () => `${RECORD_VERSION}` }),
    kind: z.literal('search', { error: () => 'search' }),
    strategy: name,
    versions: versionsSchema,
    plugins: plugInsSchema,
    space: name,
    dataset: datasetSchema,
    /** Every metric that the record names. */
    metrics: metricInfosSchema,
    /** Settings of the strategy in this search. */
    settings: jsonObject,
    seed: count,
    /** Absent where there are none. */
    constraints: list(constraintSchema, MOST_CONSTRAINTS, 'a list of constraints').optional(),
    /** null: all of the machine's. Does not affect the result. */
    threads: count.nullable(),
    /** What a front is of, where the search has several objectives. */
    objectives: objectivesSchema.optional(),
    /** ISO 8601. */
    startedAt: text,
    /** Scores of the found architecture, measured anew; null: not scored. */
    scores: scoresSchema.nullable(),
    steps: list(stepSchema, MOST_STEPS, 'a list of steps'),
    /** Architectures that were scored, each once, in this order: what the search can go on from when it was stopped. */
    scored: list(scoredSchema, MOST_SCORED, 'a list of scored architectures').default([]),
    /** Totals of the whole search, like failures and seconds. */
    evaluations: evaluationsSchema,
    failures: failuresSchema,
    seconds: amount,
    metricSeconds: metricSecondsSchema.optional(),
    notes: notesSchema.optional(),
  };
}

/**
 * The schema of the record of a search, version 2.
 * @param detail of the strategy's own part
 */
export function searchRecordSchema<D extends z.ZodType>(detail: D) {
  return z.discriminatedUnion(
    'status',
    [
      z.object({
        ...commonFields(),
        /** The front of the search by its objectives; absent where the search has none. */
        front: frontSchema.optional(),
        status: z.literal('complete'),
        architecture: architectureText,
        /** The architecture once more, under the name that readers of version 1 know. */
        genotype: architectureText,
        detail,
      }),
      z.object({
        ...commonFields(),
        status: z.literal('interrupted'),
        /** The best that was known when the search was stopped; null: none. */
        architecture: architectureText.nullable(),
        genotype: architectureText.nullable(),
        detail,
      }),
    ],
    { error: () => 'complete or interrupted' },
  );
}

/** {@link searchRecordSchema} of any strategy. */
export const anySearchRecordSchema = searchRecordSchema(json);

/** The record of a search, version 2; `Detail` is the strategy's own part. */
export type SearchRecord<Detail = unknown> = CompleteSearch<Detail> | InterruptedSearch<Detail>;

type AnyRecord = Immutable<z.output<typeof anySearchRecordSchema>>;

/** The record of a search that found an architecture. */
export type CompleteSearch<Detail = unknown> = Omit<Extract<AnyRecord, { status: 'complete' }>, 'detail'> & {
  readonly detail: Detail;
};

/** The record of a search that was stopped. */
export type InterruptedSearch<Detail = unknown> = Omit<
  Extract<AnyRecord, { status: 'interrupted' }>,
  'detail'
> & { readonly detail: Detail };

/** Checks a record of version 2. @throws TenasError `RECORD_INVALID` */
export function parseSearchRecord(document: unknown, from: string): SearchRecord {
  return parseDocument(anySearchRecordSchema, document, from, 'a search record');
}
