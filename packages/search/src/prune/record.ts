import type { NtkOutcome } from '@tenas/metrics';
import type { MeasuredValue, PruneCandidate, PruneRound } from '@tenas/records';
import { type Choice, cellAndEdge } from '@tenas/spaces';
import type { Change } from './changes.js';
import type { DecidedEdges } from './decisions.js';
import type { CandidateRanks } from './ranking.js';

/** Metrics that a pruning search measures: the rounds the first and the last, the final ranking those with repeats. */
export const MEASURED_METRICS = ['ntk', 'zen', 'regions'] as const;

/** A metric that a pruning search measures. */
export type MeasuredMetric = (typeof MEASURED_METRICS)[number];

/** Evaluations of networks, by metric. */
export type EvaluationCounts = Readonly<Record<MeasuredMetric, number>>;

/** An outcome as records hold it. */
export function measuredValue(outcome: NtkOutcome): MeasuredValue {
  if (outcome.kind === 'ok') return outcome.conditionNumber;
  return { failed: outcome.reason, quotient: jsonNumber(outcome.quotient) };
}

/** Numbers that JSON has no word for are null: the worst change, or no quotient. */
function jsonNumber(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Measurements of one candidate: the network before and after, on the same repeats. */
export interface Measured extends Choice {
  readonly kappa: { readonly origin: readonly NtkOutcome[]; readonly candidate: readonly NtkOutcome[] };
  readonly regions: { readonly origin: readonly number[]; readonly candidate: readonly number[] };
  readonly kappaChange: Change;
  readonly regionChange: Change;
}

/** A candidate that is not ranked yet, as records hold it. */
export interface CandidateRecord extends PruneCandidate {
  readonly measured: Readonly<Record<'ntk' | 'regions', PruneCandidate['measured'][string]>>;
}

function changes({ repeats, value }: Change) {
  return { changes: repeats.map(jsonNumber), change: jsonNumber(value) };
}

/** Measurements as records hold them. */
export function candidateRecord(measured: Measured): CandidateRecord {
  const { decision, choice, kappa, regions, kappaChange, regionChange } = measured;
  return {
    decision,
    choice,
    measured: {
      ntk: {
        origin: kappa.origin.map(measuredValue),
        candidate: kappa.candidate.map(measuredValue),
        ...changes(kappaChange),
      },
      regions: {
        origin: [...regions.origin],
        candidate: [...regions.candidate],
        ...changes(regionChange),
      },
    },
  };
}

/** A candidate with its ranks, as records hold it. */
export function rankedCandidate(
  { decision, choice, measured: { ntk, regions } }: CandidateRecord,
  { kappaRank, regionRank, rankSum }: CandidateRanks,
): PruneRound['candidates'][number] {
  return {
    decision,
    choice,
    measured: { ntk: { ...ntk, rank: kappaRank }, regions: { ...regions, rank: regionRank } },
    rankSum,
  };
}

/** Which inputs a node keeps, as records hold it. */
export function edgeDecision(decided: DecidedEdges) {
  return { group: cellAndEdge(decided.kept[0]!.decision).cell, ...decided };
}
