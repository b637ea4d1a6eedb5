import type { Choice } from '@tenas/spaces';
import type { Ranking } from './ranking.js';

/** The decision of a round on one edge. */
export interface DecidedOperations {
  readonly decision: string;
  /** Lowest rank sum first. */
  readonly pruned: readonly string[];
  /** The operation that would have been pruned next. */
  readonly runnerUp: string;
  /** Its rank sum less that of the last pruned one; 0 is a tie. */
  readonly margin: number;
}

/** Which inputs a node keeps. */
export interface DecidedEdges {
  /** Lowest rank sum first. */
  readonly pruned: readonly Choice[];
  readonly kept: readonly Choice[];
  /** Rank sum of the worst kept edge less that of the best pruned one; 0 is a tie, null: nothing was pruned. */
  readonly margin: number | null;
}

/**
 * Which operations to prune: of each edge the ones of the lowest rank sums, but never its last.
 * @param candidates all operations of the edges that have more than one, as they were ranked
 */
export function decideOperations(
  candidates: readonly Choice[],
  { ranks, order }: Ranking,
  pruneNumber: number,
): DecidedOperations[] {
  // Reported in the order of the candidates, not of the ranks.
  const edges = new Set(candidates.map(({ decision }) => decision));
  return [...edges].map((decision) => {
    const positions = order.filter((position) => candidates[position]!.decision === decision);
    const count = Math.min(pruneNumber, positions.length - 1);
    const runnerUp = positions[count]!;
    return {
      decision,
      pruned: positions.slice(0, count).map((position) => candidates[position]!.choice),
      runnerUp: candidates[runnerUp]!.choice,
      margin: ranks[runnerUp]!.rankSum - ranks[positions[count - 1]!]!.rankSum,
    };
  });
}

/**
 * Which inputs of a node to keep: those of the highest rank sums.
 * @param candidates the one operation of each input, as they were ranked
 */
export function decideEdges(
  candidates: readonly Choice[],
  { ranks, order }: Ranking,
  keep: number,
): DecidedEdges {
  const named = (position: number) => {
    const { decision, choice } = candidates[position]!;
    return { decision, choice };
  };
  const count = Math.max(0, order.length - keep);
  const bestPruned = order[count - 1];
  const worstKept = order[count];
  return {
    pruned: order.slice(0, count).map(named),
    kept: order.slice(count).map(named),
    margin:
      bestPruned === undefined || worstKept === undefined
        ? null
        : ranks[worstKept]!.rankSum - ranks[bestPruned]!.rankSum,
  };
}
