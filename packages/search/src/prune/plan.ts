import type { Domain, SpaceSupernet } from '@tenas/spaces';
import { countActive, countArchitectures, edgeGroups, operationCandidates } from './candidates.js';
import type { EvaluationCounts, MeasuredMetric } from './record.js';
import type { PruningSettings } from './settings.js';

/**
 * The cost of a round, or of a stage of the final ranking. The number of rounds and of candidates is known in advance.
 * A final ranking may be cheaper than planned: duplicate architectures are scored once.
 */
export interface PlannedRound {
  readonly kind: 'operations' | 'edges' | 'finals';
  readonly candidates: number;
  /** Evaluations of networks. */
  readonly evaluations: EvaluationCounts;
  /** Operations active before the round, to which the time of an evaluation is about proportional. */
  readonly activeOps: number;
}

/** Networks evaluated together with `candidates` candidates: those and the one before pruning, or one for each. */
function networks(candidates: number, settings: PruningSettings): number {
  return settings.origin === 'per-round' ? candidates + 1 : 2 * candidates;
}

/** The stages of the final ranking among so many architectures. */
export function planFinals(architectures: number, edges: number, settings: PruningSettings): PlannedRound[] {
  const { finals, ntk } = settings;
  let left = architectures;
  return (finals?.stages ?? []).map(({ ntk: ntkRepeats, zen = 0, regions, keep }) => {
    const candidates = left;
    left = Math.min(left, keep);
    return {
      kind: 'finals',
      candidates,
      evaluations: { ntk: candidates * ntkRepeats, zen: candidates * zen, regions: candidates * regions },
      activeOps: (edges * finals!.ntk.batchSize) / ntk.batchSize,
    };
  });
}

/** Whether pruning stops here, to score the architectures that are left. */
export function finalsAt(active: Domain, { finals }: Pick<PruningSettings, 'finals'>): boolean {
  const left = countArchitectures(active);
  return finals !== null && left > 1 && left <= finals.architectures;
}

/** Evaluations of all of these rounds. */
export function plannedEvaluations(rounds: readonly PlannedRound[]): EvaluationCounts {
  const of = (metric: MeasuredMetric) =>
    rounds.reduce((sum, { evaluations }) => sum + evaluations[metric], 0);
  return { ntk: of('ntk'), zen: of('zen'), regions: of('regions') };
}

/** The rounds of a pruning search from a set of active operations. */
export function planRounds(
  supernet: Pick<SpaceSupernet, 'decisions' | 'edgePruning'>,
  active: Domain,
  settings: PruningSettings,
): PlannedRound[] {
  const rounds: PlannedRound[] = [];
  const plan = (kind: PlannedRound['kind'], candidates: number, activeOps: number) => {
    const evaluations = networks(candidates, settings) * settings.repeats;
    rounds.push({
      kind,
      candidates,
      evaluations: { ntk: evaluations, zen: 0, regions: evaluations },
      activeOps,
    });
  };
  let ops = active;
  for (;;) {
    const candidates = operationCandidates(supernet, ops).length;
    if (candidates === 0) break;
    if (finalsAt(ops, settings)) {
      return [...rounds, ...planFinals(countArchitectures(ops), supernet.decisions.length, settings)];
    }
    plan('operations', candidates, countActive(ops));
    ops = Object.fromEntries(
      // Which ones go is unknown; how many is not.
      Object.entries(ops).map(([decision, open]) => [
        decision,
        open.slice(Math.max(0, Math.min(settings.pruneNumber, open.length - 1))),
      ]),
    );
  }
  const keep = supernet.edgePruning?.keep ?? 0;
  let left = countActive(ops);
  for (const group of edgeGroups(supernet)) {
    const candidates = group.filter((decision) => ops[decision]!.length > 0).length;
    if (candidates <= keep) continue;
    plan('edges', candidates, left);
    left -= candidates - keep;
  }
  return rounds;
}
