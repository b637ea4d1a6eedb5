import type { Finals, PruneRound } from '@tenas/records';
import type { Domain, Space, SpaceSupernet } from '@tenas/spaces';

/** A decision that might have come out otherwise, and by how many rank sums it did not; 0 is a tie. */
interface CloseDecision {
  readonly margin: number;
  readonly changed: (active: Domain) => Domain;
}

/** All architectures of the final ranking, the best first: those that came furthest, in the order of their last stage. */
export function rankedInFinals(space: Pick<Space, 'parse'>, { stages }: Finals): object[] {
  const texts = stages
    .toReversed()
    .flatMap(({ finalists }) => finalists.map(({ architecture }) => architecture));
  return [...new Set(texts)].map((text) => space.parse(text));
}

/**
 * The found architecture and those that pruning came closest to, where it has no final ranking: some decisions come out
 * otherwise, the smallest sum of margins first. On each edge, the operation that was pruned last takes the place of the one
 * that is left; of the inputs of a node, the best pruned one that of the worst kept one.
 *
 * @param active one operation on each edge that is left
 * @param count so many, or all where there are fewer
 */
export function closestArchitectures(
  supernet: Pick<SpaceSupernet, 'architectureOf'>,
  {
    rounds,
    active,
    count,
  }: { readonly rounds: readonly PruneRound[]; readonly active: Domain; readonly count: number },
): object[] {
  let closest: { readonly margin: number; readonly active: Domain }[] = [{ margin: 0, active }];
  for (const decision of closeDecisions(rounds, active)) {
    const changed = closest.map((one) => ({
      margin: one.margin + decision.margin,
      active: decision.changed(one.active),
    }));
    // Sums of margins only grow: what is not among the first now never will be.
    closest = [...closest, ...changed].sort((a, b) => a.margin - b.margin).slice(0, count);
  }
  return closest.map((one) => supernet.architectureOf(one.active));
}

function closeDecisions(rounds: readonly PruneRound[], active: Domain): CloseDecision[] {
  const operations = new Map<string, CloseDecision>();
  const edges: CloseDecision[] = [];
  for (const round of rounds) {
    if (round.kind === 'operations') {
      for (const { decision, pruned, margin } of round.decisions) {
        // An edge that was pruned in the end has no operation to be another one.
        if (active[decision]!.length === 0) continue;
        const other = pruned.at(-1)!;
        // Below 0 the constraints decided: the other choice may be no answer.
        operations.set(decision, {
          margin: Math.max(0, margin),
          changed: (domain) => ({ ...domain, [decision]: [other] }),
        });
      }
      continue;
    }
    const { kept, pruned, margin } = round.decision;
    const [worst, best] = [kept[0], pruned.at(-1)];
    if (margin === null || worst === undefined || best === undefined) continue;
    edges.push({
      margin: Math.max(0, margin),
      changed: (domain) => ({ ...domain, [worst.decision]: [], [best.decision]: [best.choice] }),
    });
  }
  return [...operations.values(), ...edges];
}
