import { z } from 'zod';
import {
  amount,
  architectureText,
  byKey,
  byName,
  count,
  finite,
  type Immutable,
  jsonObject,
  list,
  name,
  size,
  text,
} from '../fields.js';
import { measuredValueSchema } from '../prune-detail.js';
import { MOST_REPEATS } from '../scores.js';

// The format of version 1, as `tenas search` of 0.1 wrote it. Frozen: what is new goes into version 2.

const edge = z
  .string()
  .regex(/^\d{1,4}<-\d{1,4}$/, { error: () => 'an edge such as 2<-0, with numbers up to 9999' });

const activeSchema = byName(
  byKey(edge, list(name, 256, 'a list of operations'), 4096, 'an object of edges'),
  64,
  'an object of cells',
);

/** Operations that are left: cell type, edge, names. */
export type ActiveOpsV1 = Immutable<z.output<typeof activeSchema>>;

const kappa = measuredValueSchema;
const repeats = <S extends z.ZodType>(value: S) =>
  list(value, MOST_REPEATS, 'a list of values').min(1, { error: () => 'a list of at least one value' });

const candidate = z.object({
  cell: name,
  edge,
  op: name,
  kappa: z.object({ origin: repeats(kappa), candidate: repeats(kappa) }),
  regions: z.object({ origin: repeats(finite), candidate: repeats(finite) }),
  kappaChanges: list(finite.nullable(), MOST_REPEATS).default([]),
  kappaChange: finite.nullable(),
  regionChanges: list(finite, MOST_REPEATS).default([]),
  regionChange: finite,
});

const ranked = candidate.extend({ kappaRank: count, regionRank: count, rankSum: finite });

const counts = z.object({ ntk: count, regions: count });
// The earliest records have no time per metric.
const metricSeconds = z.object({ ntk: amount, regions: amount }).optional();
const failures = byName(count, 64, 'an object of counts');

const timed = { evaluations: counts, failures: failures.default({}), seconds: amount, metricSeconds };
const round = { round: count, active: activeSchema, ...timed };
const chosen = z.object({ edge, op: name });
const MOST = 20_000;

const roundSchema = z.discriminatedUnion(
  'kind',
  [
    z.object({
      ...round,
      kind: z.literal('operations'),
      candidates: list(ranked, MOST, 'a list of candidates'),
      decisions: list(
        z.object({ cell: name, edge, pruned: list(name, 256), runnerUp: name, margin: finite }),
        MOST,
        'a list of decisions',
      ),
    }),
    z.object({
      ...round,
      kind: z.literal('edges'),
      candidates: list(ranked, MOST, 'a list of candidates'),
      decision: z.object({
        cell: name,
        pruned: list(chosen, MOST),
        kept: list(chosen, MOST),
        margin: finite.nullable(),
      }),
    }),
  ],
  { error: () => 'operations or edges' },
);

const finalist = z.object({
  genotype: architectureText,
  kappa: repeats(kappa).optional(),
  regions: repeats(finite).optional(),
  conditionNumber: finite,
  regionMean: finite,
  kappaRank: count,
  regionRank: count,
  rankSum: finite,
});

const finalsSchema = z.object({
  active: activeSchema,
  architectures: count,
  distinct: count,
  stages: list(
    z.object({
      stage: count,
      finalists: list(finalist, 1_000_000, 'a list of finalists').min(1, {
        error: () => 'a list of at least one finalist',
      }),
      kept: count,
      ...timed,
    }),
    500,
    'a list of stages',
  ),
  winner: activeSchema.nullable(),
});

const base = {
  recordVersion: z.literal(1, { error: () => '1 or 2, the versions of records that this tenas reads' }),
  strategy: z.literal('prune', { error: () => "prune, version 1's only strategy" }),
  toolVersion: text.optional(),
  versions: z.object({
    search: text,
    engine: z.object({ name: text, version: text, isa: text, device: text.optional() }),
  }),
  space: name,
  dataset: z.object({
    name,
    fingerprint: text.optional(),
    images: count,
    sampledFrom: z.object({ images: count, estimated: z.boolean() }).nullable().default(null),
    skipped: count.default(0),
    classes: size,
    height: size,
    width: size,
  }),
  protocol: name,
  settings: jsonObject,
  seed: count,
  threads: count.nullable(),
  startedAt: text,
  rounds: list(roundSchema, 500, 'a list of rounds'),
  // The earliest records have no final ranking.
  finals: finalsSchema.nullable().default(null),
  evaluations: counts,
  failures,
  seconds: amount,
  metricSeconds,
};

// Written by the command, where JSON has no word for infinity.
const conditionNumber = z.union([finite, z.enum(['NaN', 'Infinity', '-Infinity'])], {
  error: () => 'a number',
});

/** The record of a search, version 1. */
export const searchRecordV1Schema = z.discriminatedUnion(
  'status',
  [
    z.object({
      ...base,
      status: z.literal('complete'),
      genotype: architectureText,
      scores: z
        .object({
          conditionNumber: conditionNumber.optional(),
          regions: finite.optional(),
          params: finite.optional(),
          flops: finite.optional(),
        })
        .optional(),
    }),
    z.object({
      ...base,
      status: z.literal('interrupted'),
      active: activeSchema,
      unfinishedRound: z
        .object({
          ...round,
          kind: z.enum(['operations', 'edges'], { error: () => 'operations or edges' }),
          candidates: list(candidate, MOST, 'a list of candidates'),
        })
        .nullable(),
    }),
  ],
  { error: () => 'complete or interrupted' },
);

/** The record of a search, version 1. */
export type SearchRecordV1 = Immutable<z.output<typeof searchRecordV1Schema>>;
/** A round of {@link SearchRecordV1}. */
export type RoundV1 = SearchRecordV1['rounds'][number];
/** The final ranking of {@link SearchRecordV1}. */
export type FinalsV1 = NonNullable<SearchRecordV1['finals']>;
/** A candidate of {@link SearchRecordV1}; ranked where its round is done. */
export type CandidateV1 = Immutable<z.output<typeof candidate>>;
