import { z } from 'zod';
import { type Choice, choiceSchema, decisionName, domainSchema } from './domain.js';
import { architectureText, byName, count, finite, type Immutable, list, name } from './fields.js';
import { parseDocument } from './parse-document.js';
import { MOST_REPEATS } from './scores.js';
import type { SearchRecord } from './search-record.js';

/** Name of the strategy whose detail this is. */
export const PRUNING = 'prune';

const MOST_ROUNDS = 500;
const MOST_CANDIDATES = 20_000;
const MOST_FINALISTS = 1_000_000;

/** The value of one repeat, or why there is none; `quotient` is what stands in for it in some protocols, if finite. */
export const measuredValueSchema = z.union(
  [finite, z.object({ failed: name, quotient: finite.nullable() })],
  { error: () => 'a number, or {failed, quotient}' },
);

/** The value of one repeat, or why there is none. */
export type MeasuredValue = Immutable<z.output<typeof measuredValueSchema>>;

const values = list(measuredValueSchema, MOST_REPEATS, 'a list of values').min(1, {
  error: () => 'a list of at least one value',
});

/** One metric without and with a choice. */
export const measuredChangeSchema = z.object({
  /** One value per repeat, of the network before and after removing the choice. */
  origin: values,
  candidate: values,
  /** Change of each repeat; null: the worst change there is. */
  changes: list(finite.nullable(), MOST_REPEATS),
  change: finite.nullable(),
});

/** One metric without and with a choice. */
export type MeasuredChange = Immutable<z.output<typeof measuredChangeSchema>>;

const byMetric = <S extends z.ZodType>(value: S) => byName(value, 16, 'an object by metric');

/** Measurements of a choice that a round may prune. */
export const candidateSchema = choiceSchema.extend({ measured: byMetric(measuredChangeSchema) });

/** Measurements of a choice that a round may prune. */
export type PruneCandidate = Immutable<z.output<typeof candidateSchema>>;

/** A candidate of a round that is done. Ranks start at 0, the first to prune. */
export const rankedCandidateSchema = choiceSchema.extend({
  measured: byMetric(measuredChangeSchema.extend({ rank: count })),
  rankSum: finite,
});

/** A candidate of a round that is done. */
export type RankedCandidate = Immutable<z.output<typeof rankedCandidateSchema>>;

const candidates = <S extends z.ZodType>(candidate: S) =>
  list(candidate, MOST_CANDIDATES, 'a list of candidates');

/** Result of a round for one decision of the space. */
export const operationDecisionSchema = z.object({
  decision: decisionName,
  /** Lowest rank sum first. */
  pruned: list(name, 256),
  /** The choice that would have been pruned next. */
  runnerUp: name,
  /** Its rank sum less that of the last pruned one; 0 is a tie. */
  margin: finite,
});

/** Result of a round for one decision of the space. */
export type OperationDecision = Immutable<z.output<typeof operationDecisionSchema>>;

const choices = list(choiceSchema, MOST_CANDIDATES, 'a list of choices');

/** Which inputs a node keeps. */
export const edgeDecisionSchema = z.object({
  /** The part of the network: a cell type. */
  group: name,
  /** Lowest rank sum first. */
  pruned: choices,
  kept: choices,
  /** Rank sum of the worst kept one less that of the best pruned one; 0 is a tie, null: nothing was pruned. */
  margin: finite.nullable(),
});

/** Which inputs a node keeps. */
export type EdgeDecision = Immutable<z.output<typeof edgeDecisionSchema>>;

const roundFields = {
  /** From 0; the step of the record that tells its time. */
  round: count,
  /** Choices open before the round. */
  active: domainSchema,
};

/** A round: it prunes choices of every decision, or the inputs of one node. */
export const roundSchema = z.discriminatedUnion(
  'kind',
  [
    z.object({
      ...roundFields,
      kind: z.literal('operations'),
      candidates: candidates(rankedCandidateSchema),
      decisions: list(operationDecisionSchema, MOST_CANDIDATES, 'a list of decisions'),
    }),
    z.object({
      ...roundFields,
      kind: z.literal('edges'),
      candidates: candidates(rankedCandidateSchema),
      decision: edgeDecisionSchema,
    }),
  ],
  { error: () => 'operations or edges' },
);

/** A round of pruning. */
export type PruneRound = Immutable<z.output<typeof roundSchema>>;

/** A round that was stopped: the candidates that were done. */
export const unfinishedRoundSchema = z.object({
  ...roundFields,
  kind: z.enum(['operations', 'edges'], { error: () => 'operations or edges' }),
  candidates: candidates(candidateSchema),
});

/** A round that was stopped. */
export type UnfinishedRound = Immutable<z.output<typeof unfinishedRoundSchema>>;

/** An architecture in the final ranking. Ranks start at 0, the best. */
export const finalistSchema = z.object({
  architecture: architectureText,
  measured: byMetric(
    z.object({
      /** One value per repeat, of all stages so far; absent from some older records. */
      repeats: values.optional(),
      value: finite,
      rank: count,
    }),
  ),
  rankSum: finite,
});

/** An architecture in the final ranking. */
export type Finalist = Immutable<z.output<typeof finalistSchema>>;

/** A stage of the final ranking. */
export const finalsStageSchema = z.object({
  /** From 0. */
  stage: count,
  /** The step of the record that holds its time. */
  step: count,
  /** Best first. */
  finalists: list(finalistSchema, MOST_FINALISTS, 'a list of finalists').min(1, {
    error: () => 'a list of at least one finalist',
  }),
  /** How many of them go on. */
  kept: count,
});

/** The final ranking: each architecture that the remaining choices make was scored. */
export const finalsSchema = z.object({
  /** Choices that remained before the final ranking. */
  active: domainSchema,
  /** Architectures made of them, and how many of these differ in more than their text. */
  architectures: count,
  distinct: count,
  stages: list(finalsStageSchema, MOST_ROUNDS, 'a list of stages'),
  /** The choices of the best architecture; null: the search was stopped before it was known. */
  winner: domainSchema.nullable(),
});

/** The final ranking of a pruning search. */
export type Finals = Immutable<z.output<typeof finalsSchema>>;

/** How the change of a metric is computed from its values before and after. */
export const changeKindSchema = z.enum(['difference', 'relative', 'log-ratio'], {
  error: () => 'difference, relative or log-ratio',
});

/** The `detail` in the record of a pruning search. */
export const pruneDetailSchema = z.object({
  protocol: name,
  /** Metrics that choices are ranked by, and how their changes are computed. */
  changes: byMetric(changeKindSchema),
  /** Choices that are left: of the architecture found, or those still open. */
  active: domainSchema,
  rounds: list(roundSchema, MOST_ROUNDS, 'a list of rounds'),
  /** null: there were none, or the search was stopped before. */
  finals: finalsSchema.nullable(),
  /** null: the search was not stopped inside a round. */
  unfinishedRound: unfinishedRoundSchema.nullable(),
});

/** The `detail` in the record of a pruning search. */
export type PruneDetail = Immutable<z.output<typeof pruneDetailSchema>>;

/** A record of a pruning search. */
export type PruneRecord = SearchRecord<PruneDetail>;

/**
 * Whether a record is one of a pruning search. Its detail has been checked where the record comes from `readSearchRecord`.
 */
export function isPruneRecord(record: SearchRecord): record is PruneRecord {
  return record.strategy === PRUNING;
}

/** Checks the detail of a record of a pruning search. @throws TenasError `RECORD_INVALID` naming the field */
export function parsePruneDetail(record: SearchRecord, from: string): PruneRecord {
  const wanted = z.object({ detail: pruneDetailSchema });
  const { detail } = parseDocument(wanted, { detail: record.detail }, from, 'a record of a pruning search');
  return { ...record, detail };
}

/** The choices that a round cut. */
export function cutsOf(round: PruneRound): readonly Choice[] {
  if (round.kind === 'edges') return round.decision.pruned;
  return round.decisions.flatMap(({ decision, pruned }) => pruned.map((choice) => ({ decision, choice })));
}
