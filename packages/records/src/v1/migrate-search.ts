import type { Domain } from '../domain.js';
import {
  type Finals,
  PRUNING,
  type PruneCandidate,
  type PruneDetail,
  type PruneRecord,
  type PruneRound,
} from '../prune-detail.js';
import type { Score, Scores } from '../scores.js';
import { RECORD_VERSION, type SearchStep } from '../search-record.js';
import { METRICS_OF_V1, metricOfV1 } from './metrics.js';
import type { ActiveOpsV1, CandidateV1, FinalsV1, RoundV1, SearchRecordV1 } from './search-record.js';

/** The name of a decision of version 2: `cell/1<-0`. */
function decisionOf(cell: string, edge: string): string {
  return `${cell}/${edge}`;
}

/** Operations by cell and edge as choices by decision. */
function domainOfV1(active: ActiveOpsV1): Domain {
  return Object.fromEntries(
    Object.entries(active).flatMap(([cell, edges]) =>
      Object.entries(edges).map(([edge, ops]) => [decisionOf(cell, edge), ops]),
    ),
  );
}

function candidateOf(candidate: CandidateV1): PruneCandidate {
  const { cell, edge, op, kappa, regions, kappaChanges, regionChanges, kappaChange, regionChange } =
    candidate;
  return {
    decision: decisionOf(cell, edge),
    choice: op,
    measured: {
      ntk: { ...kappa, changes: kappaChanges, change: kappaChange },
      regions: { ...regions, changes: regionChanges, change: regionChange },
    },
  };
}

function rankedOf(candidate: RoundV1['candidates'][number]): PruneRound['candidates'][number] {
  const { measured, ...choice } = candidateOf(candidate);
  return {
    ...choice,
    measured: {
      ntk: { ...measured.ntk!, rank: candidate.kappaRank },
      regions: { ...measured.regions!, rank: candidate.regionRank },
    },
    rankSum: candidate.rankSum,
  };
}

function roundOf(round: RoundV1): PruneRound {
  const shared = {
    round: round.round,
    active: domainOfV1(round.active),
    candidates: round.candidates.map(rankedOf),
  };
  if (round.kind === 'operations') {
    const decisions = round.decisions.map(({ cell, edge, ...decided }) => ({
      decision: decisionOf(cell, edge),
      ...decided,
    }));
    return { ...shared, kind: 'operations', decisions };
  }
  const { cell, pruned, kept, margin } = round.decision;
  const choice = ({ edge, op }: { readonly edge: string; readonly op: string }) => ({
    decision: decisionOf(cell, edge),
    choice: op,
  });
  return {
    ...shared,
    kind: 'edges',
    decision: { group: cell, pruned: pruned.map(choice), kept: kept.map(choice), margin },
  };
}

function finalsOf({ active, winner, stages, ...finals }: FinalsV1, rounds: number): Finals {
  return {
    ...finals,
    active: domainOfV1(active),
    stages: stages.map(({ stage, finalists, kept }) => ({
      stage,
      step: rounds + stage,
      finalists: finalists.map((one) => ({
        architecture: one.genotype,
        measured: {
          ntk: { repeats: one.kappa, value: one.conditionNumber, rank: one.kappaRank },
          regions: { repeats: one.regions, value: one.regionMean, rank: one.regionRank },
        },
        rankSum: one.rankSum,
      })),
      kept,
    })),
    winner: winner === null ? null : domainOfV1(winner),
  };
}

/** A value of which nothing else is known. */
function bare(value: number): Score {
  return { value, repeats: [], seconds: null };
}

type TimedV1 = Pick<RoundV1, 'evaluations' | 'failures' | 'seconds' | 'metricSeconds'>;

function stepOf(step: number, label: string, timed: TimedV1): SearchStep {
  const { evaluations, failures, seconds, metricSeconds } = timed;
  return { step, label, evaluations, failures: { ntk: failures }, seconds, metricSeconds };
}

function stepsOf(record: SearchRecordV1): SearchStep[] {
  const { rounds, finals } = record;
  const steps = rounds.map((round) => stepOf(round.round, `round ${round.round + 1}`, round));
  for (const stage of finals?.stages ?? []) {
    const { genotype, conditionNumber, regionMean } = stage.finalists[0]!;
    steps.push({
      ...stepOf(rounds.length + stage.stage, `finals ${stage.stage + 1}`, stage),
      best: { architecture: genotype, scores: { ntk: bare(conditionNumber), regions: bare(regionMean) } },
    });
  }
  if (record.status === 'interrupted' && record.unfinishedRound !== null) {
    const { unfinishedRound: round } = record;
    steps.push({ ...stepOf(round.round, `round ${round.round + 1}`, round), unfinished: true });
  }
  return steps;
}

function scoresOf({ scores }: Extract<SearchRecordV1, { status: 'complete' }>): Scores | null {
  if (scores === undefined) return null;
  const named = { conditionNumber: null, ...scores };
  return Object.fromEntries(
    Object.entries(named).flatMap(([field, value]) =>
      value === undefined
        ? []
        : [
            [
              METRICS_OF_V1[field as keyof typeof named],
              { ...bare(0), value: typeof value === 'number' ? value : null },
            ],
          ],
    ),
  );
}

/** The choices that remained when the search ended or was stopped. */
function remaining(record: SearchRecordV1): Domain {
  if (record.status === 'interrupted') return domainOfV1(record.active);
  if (record.finals?.winner) return domainOfV1(record.finals.winner);
  const last = record.rounds.at(-1);
  if (last === undefined) return {};
  const gone = new Set(
    last.kind === 'edges'
      ? last.decision.pruned.map(({ edge, op }) => JSON.stringify([last.decision.cell, edge, op]))
      : last.decisions.flatMap(({ cell, edge, pruned }) =>
          pruned.map((op) => JSON.stringify([cell, edge, op])),
        ),
  );
  return Object.fromEntries(
    Object.entries(last.active).flatMap(([cell, edges]) =>
      Object.entries(edges).map(([edge, ops]) => [
        decisionOf(cell, edge),
        ops.filter((op) => !gone.has(JSON.stringify([cell, edge, op]))),
      ]),
    ),
  );
}

/** The object that a setting holds, without some of its fields. */
function section(
  settings: SearchRecordV1['settings'],
  field: string,
  without: string,
): Readonly<Record<string, unknown>> {
  const value = settings[field];
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== without));
}

function changeKind(settings: SearchRecordV1['settings'], field: string): PruneDetail['changes'][string] {
  const { kind } = section(settings, field, '');
  return kind === 'log-ratio' || kind === 'relative' ? kind : 'difference';
}

/**
 * Makes a record of version 2 from a record of version 1. Condition numbers become the metric `ntk`, regions
 * `regions`, multiply-adds (`flops`) `macs`; operations by cell and edge become choices by decision.
 */
export function migrateSearchRecord(record: SearchRecordV1): PruneRecord {
  const { settings, rounds, finals, dataset, failures } = record;
  const detail: PruneDetail = {
    protocol: record.protocol,
    changes: {
      ntk: changeKind(settings, 'kappaChange'),
      regions: changeKind(settings, 'regionChange'),
    },
    active: remaining(record),
    rounds: rounds.map(roundOf),
    finals: finals === null ? null : finalsOf(finals, rounds.length),
    unfinishedRound:
      record.status === 'interrupted' && record.unfinishedRound !== null
        ? {
            round: record.unfinishedRound.round,
            kind: record.unfinishedRound.kind,
            active: domainOfV1(record.unfinishedRound.active),
            candidates: record.unfinishedRound.candidates.map(candidateOf),
          }
        : null,
  };
  const common = {
    recordVersion: RECORD_VERSION,
    kind: 'search' as const,
    strategy: PRUNING,
    versions: { tool: record.toolVersion, ...record.versions },
    plugins: [],
    space: record.space,
    dataset,
    metrics: [
      metricOfV1('ntk', section(settings, 'ntk', 'weights')),
      metricOfV1('regions', section(settings, 'regions', 'weights')),
      metricOfV1('params'),
      metricOfV1('macs'),
    ],
    settings,
    seed: record.seed,
    threads: record.threads,
    startedAt: record.startedAt,
    steps: stepsOf(record),
    scored: [],
    evaluations: record.evaluations,
    failures: { ntk: failures },
    seconds: record.seconds,
    metricSeconds: record.metricSeconds,
    detail,
  };
  if (record.status === 'interrupted') {
    return { ...common, status: 'interrupted', architecture: null, genotype: null, scores: null };
  }
  const { genotype } = record;
  return { ...common, status: 'complete', architecture: genotype, genotype, scores: scoresOf(record) };
}
