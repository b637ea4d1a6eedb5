import type { Choice } from '@tenas/spaces';
import type { Ranking } from './ranking.js';

/** The decision of a round on one edge. */
export interface DecidedOperations {
  readonly decision: string;
  /** Lowest rank sum first. */
  readonly pruned: readonly string[];
  /** The operation that would have been pruned next. */
  readonly runnerUp: string;
  /** Its rank sum less that of the last pruned one; 0 is a tie, below 0 the constraints decided. */
  readonly margin: number;
}

/** Which inputs a node keeps. */
export interface DecidedEdges {
  /** Lowest rank sum first. */
  readonly pruned: readonly Choice[];
  readonly kept: readonly Choice[];
  /**
   * Rank sum of the worst kept edge less that of the best pruned one; 0 is a tie, below 0 the constraints decided, null:
   * nothing was pruned.
   */
  readonly margin: number | null;
}

/** Whether a choice may be pruned, once those that were asked about before and may are gone. */
export type MayGo = (choice: Choice) => boolean;

/**
 * Which operations to prune: of each edge the ones of the lowest rank sums, but never its last.
 * @param candidates all operations of the edges that have more than one, as they were ranked
 * @param mayGo asked in the order of the ranking of all edges; one that may go does. Default: all may
 */
export function decideOperations(
  candidates: readonly Choice[],
  ranking: Ranking,
  pruneNumber: number,
  mayGo: MayGo = () => true,
): DecidedOperations[] {
  const { ranks, order } = ranking;
  // Reported in the order of the candidates, not of the ranks.
  const edges = new Set(candidates.map(({ decision }) => decision));
  const open = new Map(
    [...edges].map((edge) => [edge, candidates.filter(({ decision }) => decision === edge).length]),
  );
  const gone = chosenToGo(candidates, ranking, mayGo, ({ decision }) =>
    Math.min(pruneNumber, open.get(decision)! - 1),
  );
  return [...edges].map((decision) => {
    const positions = order.filter((position) => candidates[position]!.decision === decision);
    const pruned = positions.filter((position) => gone.has(position));
    const runnerUp = positions.find((position) => !gone.has(position))!;
    return {
      decision,
      pruned: pruned.map((position) => candidates[position]!.choice),
      runnerUp: candidates[runnerUp]!.choice,
      margin: ranks[runnerUp]!.rankSum - ranks[pruned.at(-1)!]!.rankSum,
    };
  });
}

/**
 * Places of the candidates that go: in the order of the ranking those that may, until each group has its share.
 * @param shareOf how many go of the group of a candidate: of its edge
 */
function chosenToGo(
  candidates: readonly Choice[],
  { order }: Ranking,
  mayGo: MayGo,
  shareOf: (candidate: Choice) => number,
  groupOf: (candidate: Choice) => string = ({ decision }) => decision,
): ReadonlySet<number> {
  const gone = new Set<number>();
  const counts = new Map<string, number>();
  // A choice that had to stay may go later: where costs are no sums, feasible architectures come to light by and by.
  for (let before = -1; before < gone.size; ) {
    before = gone.size;
    for (const position of order) {
      const candidate = candidates[position]!;
      const count = counts.get(groupOf(candidate)) ?? 0;
      if (gone.has(position) || count >= shareOf(candidate) || !mayGo(candidate)) continue;
      gone.add(position);
      counts.set(groupOf(candidate), count + 1);
    }
  }
  return gone;
}

/**
 * Which inputs of a node to keep: those of the highest rank sums.
 * @param candidates the one operation of each input, as they were ranked
 * @param mayGo as in {@link decideOperations}
 */
export function decideEdges(
  candidates: readonly Choice[],
  ranking: Ranking,
  keep: number,
  mayGo: MayGo = () => true,
): DecidedEdges {
  const { ranks, order } = ranking;
  const named = (position: number) => {
    const { decision, choice } = candidates[position]!;
    return { decision, choice };
  };
  const count = Math.max(0, order.length - keep);
  const gone = chosenToGo(
    candidates,
    ranking,
    mayGo,
    () => count,
    () => 'node',
  );
  const pruned = order.filter((position) => gone.has(position));
  const kept = order.filter((position) => !gone.has(position));
  const [bestPruned, worstKept] = [pruned.at(-1), kept[0]];
  return {
    pruned: pruned.map(named),
    kept: kept.map(named),
    margin:
      bestPruned === undefined || worstKept === undefined
        ? null
        : ranks[worstKept]!.rankSum - ranks[bestPruned]!.rankSum,
  };
}
