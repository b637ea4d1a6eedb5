import type { ActiveOps, PrunableSpace } from '@tenas/spaces';
import { countActive, edgeGroups, operationCandidates } from './candidates.js';
import type { PruningSettings } from './settings.js';

/** What a round will cost. How many there are and how many candidates each has does not depend on what is found. */
export interface PlannedRound {
  readonly kind: 'operations' | 'edges';
  readonly candidates: number;
  /** Evaluations of networks, of either metric. */
  readonly evaluations: number;
  /** Operations active before the round, to which the time of an evaluation is about proportional. */
  readonly activeOps: number;
}

/** Networks evaluated together with `candidates` candidates: those and the one before pruning, or one for each. */
function networks(candidates: number, settings: PruningSettings): number {
  return settings.origin === 'per-round' ? candidates + 1 : 2 * candidates;
}

/** The rounds of a pruning search from a set of active operations. */
export function planRounds(
  space: PrunableSpace,
  active: ActiveOps,
  settings: PruningSettings,
): PlannedRound[] {
  const rounds: PlannedRound[] = [];
  const plan = (kind: PlannedRound['kind'], candidates: number, activeOps: number) =>
    rounds.push({
      kind,
      candidates,
      evaluations: networks(candidates, settings) * settings.repeats,
      activeOps,
    });
  let ops = active;
  for (;;) {
    const candidates = operationCandidates(space, ops).length;
    if (candidates === 0) break;
    plan('operations', candidates, countActive(ops));
    ops = Object.fromEntries(
      Object.entries(ops).map(([cell, edges]) => [
        cell,
        Object.fromEntries(
          // Which ones go is unknown; how many is not.
          Object.entries(edges).map(([edge, left]) => [
            edge,
            left.slice(Math.max(0, Math.min(settings.pruneNumber, left.length - 1))),
          ]),
        ),
      ]),
    );
  }
  const keep = space.edgePruning?.keep ?? 0;
  let left = countActive(ops);
  for (const { cell, edges } of edgeGroups(space)) {
    const candidates = edges.filter((edge) => ops[cell]![edge]!.length > 0).length;
    if (candidates <= keep) continue;
    plan('edges', candidates, left);
    left -= candidates - keep;
  }
  return rounds;
}
