import type { EngineInfo, NtkFailure, NtkOutcome } from '@tenas/metrics';
import { type Choice, cellAndEdge, type NestedDomain } from '@tenas/spaces';
import type { Change } from './changes.js';
import type { DecidedEdges, DecidedOperations } from './decisions.js';
import type { Protocol } from './protocols/table.js';
import type { PruningSettings } from './settings.js';

/** Version of the record's format. */
export const RECORD_VERSION = 1;

/** A condition number, or why there is none; `quotient` is the largest over the smallest eigenvalue, if finite. */
export type KappaValue = number | { readonly failed: NtkFailure; readonly quotient: number | null };

/** An operation as records of this version name it. */
export interface OperationName {
  readonly cell: string;
  readonly edge: string;
  readonly op: string;
}

/** What was found of one candidate, and how it ranked. */
export interface CandidateRecord extends OperationName {
  /** One value a repeat, of the network before and after removing the operation. */
  readonly kappa: { readonly origin: readonly KappaValue[]; readonly candidate: readonly KappaValue[] };
  readonly regions: { readonly origin: readonly number[]; readonly candidate: readonly number[] };
  /** null: the worst change there is, as a repeat has no condition number. */
  readonly kappaChanges: readonly (number | null)[];
  readonly kappaChange: number | null;
  readonly regionChanges: readonly number[];
  readonly regionChange: number;
}

/** A candidate of a round that is done. Ranks start at 0, the first to prune. */
export interface RankedCandidateRecord extends CandidateRecord {
  readonly kappaRank: number;
  readonly regionRank: number;
  readonly rankSum: number;
}

/** What a round decided on one edge. */
export interface OperationDecision {
  readonly cell: string;
  readonly edge: string;
  /** Lowest rank sum first. */
  readonly pruned: readonly string[];
  /** The operation that would have been pruned next. */
  readonly runnerUp: string;
  /** Its rank sum less that of the last pruned one; 0 is a tie. */
  readonly margin: number;
}

/** An architecture in the finals. Ranks start at 0, the best. */
export interface FinalistRecord {
  readonly genotype: string;
  /** One value a repeat, of all stages so far. */
  readonly kappa: readonly KappaValue[];
  readonly regions: readonly number[];
  /** Mean of the logarithms of kappa, as a condition number; repeats without one count as the largest there is. */
  readonly conditionNumber: number;
  readonly regionMean: number;
  readonly kappaRank: number;
  readonly regionRank: number;
  readonly rankSum: number;
}

/** A stage of the finals. */
export interface FinalsStageRecord {
  /** From 0. */
  readonly stage: number;
  /** Best first: the lowest rank sum, among equals the lower condition number. */
  readonly finalists: readonly FinalistRecord[];
  /** How many of them go on. */
  readonly kept: number;
  readonly evaluations: EvaluationCounts;
  readonly failures: FailureCounts;
  readonly seconds: number;
  readonly metricSeconds: MetricSeconds;
}

/** The architectures that the operations left made, scored one by one. */
export interface FinalsRecord {
  /** Operations active before the finals. */
  readonly active: NestedDomain;
  /** Architectures made of them, and how many of these differ in more than their text. */
  readonly architectures: number;
  readonly distinct: number;
  readonly stages: readonly FinalsStageRecord[];
  /** The operations of the best architecture; null if the search was stopped before it was known. */
  readonly winner: NestedDomain | null;
}

/** Which inputs a node keeps. */
export interface EdgeDecision {
  readonly cell: string;
  /** Lowest rank sum first. */
  readonly pruned: readonly { readonly edge: string; readonly op: string }[];
  readonly kept: readonly { readonly edge: string; readonly op: string }[];
  /** Rank sum of the worst kept edge less that of the best pruned one; 0 is a tie, null: nothing was pruned. */
  readonly margin: number | null;
}

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

interface RoundBase<C extends CandidateRecord> {
  /** From 0. */
  readonly round: number;
  /** Operations active before the round. */
  readonly active: NestedDomain;
  readonly candidates: readonly C[];
  readonly evaluations: EvaluationCounts;
  readonly failures: FailureCounts;
  readonly seconds: number;
  readonly metricSeconds: MetricSeconds;
}

/** A round that prunes operations, or the edges of one node. */
export type RoundRecord = RoundBase<RankedCandidateRecord> &
  (
    | { readonly kind: 'operations'; readonly decisions: readonly OperationDecision[] }
    | { readonly kind: 'edges'; readonly decision: EdgeDecision }
  );

/** A round that was interrupted: the candidates that were done. */
export interface UnfinishedRound extends RoundBase<CandidateRecord> {
  readonly kind: RoundRecord['kind'];
}

/** All that a search did. Plain data: JSON keeps all of it. */
interface RecordBase {
  readonly recordVersion: typeof RECORD_VERSION;
  readonly strategy: 'prune';
  readonly versions: { readonly search: string; readonly engine: EngineInfo };
  readonly space: string;
  readonly dataset: {
    readonly name: string;
    /** Tells two datasets of the same name apart. */
    readonly fingerprint: string;
    readonly images: number;
    /** What the images are a sample of; null: they are the whole dataset. */
    readonly sampledFrom: { readonly images: number; readonly estimated: boolean } | null;
    /** Images that could not be read and were replaced by others. */
    readonly skipped: number;
    readonly classes: number;
    readonly height: number;
    readonly width: number;
  };
  readonly protocol: Protocol;
  readonly settings: PruningSettings;
  readonly seed: number;
  /** null: all of the machine's. Does not affect the result. */
  readonly threads: number | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly rounds: readonly RoundRecord[];
  /** null: there were none, or the search was stopped before. */
  readonly finals: FinalsRecord | null;
  /** Including those of an unfinished round. */
  readonly evaluations: EvaluationCounts;
  readonly failures: FailureCounts;
  readonly seconds: number;
  readonly metricSeconds: MetricSeconds;
}

/** The record of a search that found an architecture. */
export interface CompleteRecord extends RecordBase {
  readonly status: 'complete';
  /** The architecture as text. */
  readonly genotype: string;
}

/** The record of a search that was stopped. */
export interface InterruptedRecord extends RecordBase {
  readonly status: 'interrupted';
  readonly genotype: null;
  /** Operations still active. */
  readonly active: NestedDomain;
  /** null when stopped between rounds. */
  readonly unfinishedRound: UnfinishedRound | null;
}

/** The record of a search. */
export type SearchRecord = CompleteRecord | InterruptedRecord;

/** An outcome as records hold it. */
export function kappaValue(outcome: NtkOutcome): KappaValue {
  if (outcome.kind === 'ok') return outcome.conditionNumber;
  return { failed: outcome.reason, quotient: Number.isFinite(outcome.quotient) ? outcome.quotient : null };
}

/** Numbers that JSON has no word for are the worst change. */
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

/** An operation by cell type and edge. */
function operationName({ decision, choice }: Choice): OperationName {
  return { ...cellAndEdge(decision), op: choice };
}

/** What a round decided on an edge, as records hold it. */
export function operationDecision({ decision, ...decided }: DecidedOperations): OperationDecision {
  return { ...cellAndEdge(decision), ...decided };
}

/** Which inputs a node keeps, as records hold it. */
export function edgeDecision({ pruned, kept, margin }: DecidedEdges): EdgeDecision {
  const named = (choice: Choice) => {
    const { edge, op } = operationName(choice);
    return { edge, op };
  };
  const { cell } = cellAndEdge(kept[0]!.decision);
  return { cell, pruned: pruned.map(named), kept: kept.map(named), margin };
}

/** Measurements as records hold them. */
export function candidateRecord(measured: Measured): CandidateRecord {
  const { kappa, regions, kappaChange, regionChange } = measured;
  return {
    ...operationName(measured),
    kappa: { origin: kappa.origin.map(kappaValue), candidate: kappa.candidate.map(kappaValue) },
    regions: { origin: [...regions.origin], candidate: [...regions.candidate] },
    kappaChanges: kappaChange.repeats.map(jsonNumber),
    kappaChange: jsonNumber(kappaChange.value),
    regionChanges: [...regionChange.repeats],
    regionChange: regionChange.value,
  };
}
