import { z } from 'zod';
import { anyText, count, finiteNumber, jsonNumber } from './parse-document.js';

const active = z.record(
  anyText,
  z.record(anyText, z.array(anyText, { error: () => 'a list of operations' }), {
    error: () => 'an object of edges',
  }),
  { error: () => 'an object of cells' },
);

/** Operations that are left: cell type, edge, names. */
export type ActiveOps = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const kappa = z.union([finiteNumber, z.object({ failed: anyText, quotient: finiteNumber.nullable() })], {
  error: () => 'a condition number, or {failed, quotient}',
});

/** A condition number, or why there is none. */
export type Kappa = z.output<typeof kappa>;

const candidate = z.object({
  cell: anyText,
  edge: anyText,
  op: anyText,
  kappa: z.object({ origin: z.array(kappa).min(1), candidate: z.array(kappa).min(1) }),
  regions: z.object({ origin: z.array(finiteNumber).min(1), candidate: z.array(finiteNumber).min(1) }),
  kappaChange: finiteNumber.nullable(),
  regionChange: finiteNumber,
});

const ranked = candidate.extend({ kappaRank: count, regionRank: count, rankSum: count });

const counts = z.object({ ntk: count, regions: count });

/** Records of searches before the metrics' time was told apart have none. */
const metricSeconds = z.object({ ntk: finiteNumber, regions: finiteNumber }).optional();

const failures = z.record(anyText, count, { error: () => 'an object of counts' });

const round = { round: count, active, evaluations: counts, failures, seconds: finiteNumber, metricSeconds };

const chosen = z.object({ edge: anyText, op: anyText });

const rounds = z.array(
  z.discriminatedUnion(
    'kind',
    [
      z.object({
        ...round,
        kind: z.literal('operations'),
        candidates: z.array(ranked),
        decisions: z.array(
          z.object({
            cell: anyText,
            edge: anyText,
            pruned: z.array(anyText),
            runnerUp: anyText,
            margin: finiteNumber,
          }),
        ),
      }),
      z.object({
        ...round,
        kind: z.literal('edges'),
        candidates: z.array(ranked),
        decision: z.object({
          cell: anyText,
          pruned: z.array(chosen),
          kept: z.array(chosen),
          margin: finiteNumber.nullable(),
        }),
      }),
    ],
    { error: () => 'operations or edges' },
  ),
  { error: () => 'a list of rounds' },
);

const finals = z
  .object({
    active,
    architectures: count,
    distinct: count,
    stages: z.array(
      z.object({
        stage: count,
        finalists: z
          .array(
            z.object({
              genotype: anyText,
              conditionNumber: finiteNumber,
              regionMean: finiteNumber,
              kappaRank: count,
              regionRank: count,
              rankSum: finiteNumber,
            }),
          )
          .min(1),
        kept: count,
        evaluations: counts,
        seconds: finiteNumber,
        metricSeconds,
      }),
    ),
    winner: active.nullable(),
  })
  .nullable()
  // Records of searches before there were finals.
  .default(null);

const base = {
  recordVersion: z.literal(1, { error: () => '1, the version of records that this tenas reads' }),
  strategy: anyText,
  space: anyText,
  dataset: z.object({
    name: anyText,
    images: count,
    skipped: count.default(0),
    classes: count,
    height: count,
    width: count,
  }),
  protocol: anyText,
  settings: z.record(anyText, z.unknown(), { error: () => 'an object of settings' }),
  seed: count,
  threads: count.nullable(),
  startedAt: anyText,
  versions: z.object({
    search: anyText,
    engine: z.object({ name: anyText, version: anyText, isa: anyText }),
  }),
  rounds,
  finals,
  evaluations: counts,
  failures,
  seconds: finiteNumber,
  metricSeconds,
};

const scores = z.object({
  conditionNumber: jsonNumber.optional(),
  regions: finiteNumber.optional(),
  params: finiteNumber.optional(),
  flops: finiteNumber.optional(),
});

/** What a report reads of a record that `tenas search` wrote, whether the search ended or was stopped. */
export const searchRecordSchema = z.discriminatedUnion(
  'status',
  [
    z.object({
      ...base,
      status: z.literal('complete'),
      genotype: anyText,
      scores: scores.optional(),
    }),
    z.object({
      ...base,
      status: z.literal('interrupted'),
      active,
      unfinishedRound: z
        .object({ ...round, kind: z.enum(['operations', 'edges']), candidates: z.array(candidate) })
        .nullable(),
    }),
  ],
  { error: () => 'complete or interrupted' },
);

/** A record of a search, checked. */
export type SearchRecord = z.output<typeof searchRecordSchema>;

/** The architectures that were scored one by one at the end. */
export type Finals = NonNullable<SearchRecord['finals']>;

/** A round that was decided. */
export type Round = SearchRecord['rounds'][number];

/** A candidate of a round that was decided. */
export type RankedCandidate = Round['candidates'][number];

/** What was cut in a round. */
export function cutsOf(decided: Round): { cell: string; edge: string; op: string }[] {
  if (decided.kind === 'edges') {
    const { cell, pruned } = decided.decision;
    return pruned.map(({ edge, op }) => ({ cell, edge, op }));
  }
  return decided.decisions.flatMap(({ cell, edge, pruned }) => pruned.map((op) => ({ cell, edge, op })));
}

/** The operations that were left when the search ended or was stopped. */
export function remainingOps(record: SearchRecord): ActiveOps {
  if (record.status === 'interrupted') return record.active;
  if (record.finals?.winner) return record.finals.winner;
  const last = record.rounds.at(-1);
  if (last === undefined) return {};
  const gone = new Set(cutsOf(last).map(({ cell, edge, op }) => JSON.stringify([cell, edge, op])));
  return Object.fromEntries(
    Object.entries(last.active).map(([cell, edges]) => [
      cell,
      Object.fromEntries(
        Object.entries(edges).map(([edge, ops]) => [
          edge,
          ops.filter((op) => !gone.has(JSON.stringify([cell, edge, op]))),
        ]),
      ),
    ]),
  );
}

/** Condition numbers of those repeats that have one, as their geometric mean; null if none has. */
export function typicalKappa(repeats: readonly Kappa[]): number | null {
  const values = repeats.filter((value): value is number => typeof value === 'number' && value > 0);
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Plain mean. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
