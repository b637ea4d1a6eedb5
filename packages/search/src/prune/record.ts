import {
  chooseMetrics,
  macs,
  metricInfo,
  type NtkFailure,
  type NtkOutcome,
  ntk,
  params,
  regions,
} from '@tenas/metrics';
import type {
  CompleteSearch,
  Finalist as FinalistRecord,
  InterruptedSearch,
  MeasuredValue,
  MetricInfo,
  PruneCandidate,
  PruneDetail,
  PruneRound,
} from '@tenas/records';
import { type Choice, cellAndEdge } from '@tenas/spaces';
import type { Change } from './changes.js';
import type { DecidedEdges } from './decisions.js';
import type { CandidateRanks } from './ranking.js';
import type { PruningSettings } from './settings.js';

/** What the record of a pruning search is known to hold beyond that of any search. */
interface Known {
  readonly settings: PruningSettings;
  readonly evaluations: EvaluationCounts;
  readonly metricSeconds: MetricSeconds;
}

/** The record of a pruning search that found an architecture. */
export type CompleteRecord = CompleteSearch<PruneDetail> & Known;

/** The record of a pruning search that was stopped. */
export type InterruptedRecord = InterruptedSearch<PruneDetail> & Known;

/** Evaluations of networks, by metric. */
export interface EvaluationCounts {
  readonly ntk: number;
  readonly regions: number;
}

/**
 * Seconds that a search waited for evaluations, by metric. Reading the inputs is in it; what is missing to all the seconds
 * is ranking, deciding and telling.
 */
export interface MetricSeconds {
  readonly ntk: number;
  readonly regions: number;
}

/** Kernels without a condition number, by reason. */
export type FailureCounts = Readonly<Record<NtkFailure, number>>;

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
  const { decision, choice, kappa, regions: counts, kappaChange, regionChange } = measured;
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
        origin: [...counts.origin],
        candidate: [...counts.candidate],
        ...changes(regionChange),
      },
    },
  };
}

/** A candidate with its ranks, as records hold it. */
export function rankedCandidate(
  { decision, choice, measured }: CandidateRecord,
  { kappaRank, regionRank, rankSum }: CandidateRanks,
): PruneRound['candidates'][number] {
  return {
    decision,
    choice,
    measured: {
      ntk: { ...measured.ntk, rank: kappaRank },
      regions: { ...measured.regions, rank: regionRank },
    },
    rankSum,
  };
}

/** Which inputs a node keeps, as records hold it. */
export function edgeDecision(decided: DecidedEdges) {
  return { group: cellAndEdge(decided.kept[0]!.decision).cell, ...decided };
}

/** An architecture of the finals, as records hold it. */
export function finalistRecord(given: {
  readonly genotype: string;
  readonly kappa: readonly NtkOutcome[];
  readonly regions: readonly number[];
  /** Mean of the logarithms of kappa; repeats without one count as the largest there is. */
  readonly conditionNumber: number;
  readonly regionMean: number;
  readonly ranks: CandidateRanks;
}): FinalistRecord {
  const { genotype, kappa, conditionNumber, regionMean, ranks } = given;
  return {
    architecture: genotype,
    measured: {
      ntk: { repeats: kappa.map(measuredValue), value: conditionNumber, rank: ranks.kappaRank },
      regions: { repeats: [...given.regions], value: regionMean, rank: ranks.regionRank },
    },
    rankSum: ranks.rankSum,
  };
}

/** The metrics that a record names: those that rank, with their settings, and those that count what was found. */
export function recordMetrics(settings: PruningSettings): MetricInfo[] {
  const { weights: _ntk, ...ntkSettings } = settings.ntk;
  const { weights: _regions, ...regionSettings } = settings.regions;
  return chooseMetrics([
    { metric: ntk, settings: ntkSettings },
    { metric: regions, settings: regionSettings },
    params,
    macs,
  ]).map(metricInfo);
}
