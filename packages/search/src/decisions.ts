import type { OpChoice } from '@tenas/spaces';
import type { Ranking } from './ranking.js';
import type { EdgeDecision, OperationDecision } from './record.js';

/**
 * Which operations to prune: of each edge the ones of the lowest rank sums, but never its last.
 * @param candidates all operations of the edges that have more than one, as they were ranked
 */
export function decideOperations(
  candidates: readonly OpChoice[],
  { ranks, order }: Ranking,
  pruneNumber: number,
): OperationDecision[] {
  const edgeOf = (position: number) => `${candidates[position]!.cell}/${candidates[position]!.edge}`;
  // Reported in the order of the candidates, not of the ranks.
  const edges = new Set(candidates.map((_, position) => edgeOf(position)));
  return [...edges].map((key) => {
    const positions = order.filter((position) => edgeOf(position) === key);
    const count = Math.min(pruneNumber, positions.length - 1);
    const { cell, edge } = candidates[positions[0]!]!;
    const runnerUp = positions[count]!;
    return {
      cell,
      edge,
      pruned: positions.slice(0, count).map((position) => candidates[position]!.op),
      runnerUp: candidates[runnerUp]!.op,
      margin: ranks[runnerUp]!.rankSum - ranks[positions[count - 1]!]!.rankSum,
    };
  });
}

/**
 * Which inputs of a node to keep: those of the highest rank sums.
 * @param candidates the one operation of each input, as they were ranked
 */
export function decideEdges(
  cell: string,
  candidates: readonly OpChoice[],
  { ranks, order }: Ranking,
  keep: number,
): EdgeDecision {
  const named = (position: number) => {
    const { edge, op } = candidates[position]!;
    return { edge, op };
  };
  const count = Math.max(0, order.length - keep);
  const bestPruned = order[count - 1];
  const worstKept = order[count];
  return {
    cell,
    pruned: order.slice(0, count).map(named),
    kept: order.slice(count).map(named),
    margin:
      bestPruned === undefined || worstKept === undefined
        ? null
        : ranks[worstKept]!.rankSum - ranks[bestPruned]!.rankSum,
  };
}
