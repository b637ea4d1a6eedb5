import type { Domain, EdgePruning, SpaceSupernet } from '@tenas/spaces';

/**
 * How the inputs of a node are chosen where a space keeps some edges: `edges`, the best operation of each edge and of these
 * the best edges; or `pairs`, the best pairs of edge and operation, which may be two of one edge.
 */
export type GenotypeRule = 'edges' | 'pairs';

interface Pair {
  readonly decision: string;
  readonly choice: string;
  readonly probability: number;
}

/** Adds nothing to a node: an edge that is kept has another operation. */
const NOTHING = 'none';

/**
 * The choices that probabilities decide for. Where every edge stays, the likeliest of each decision, `none` among them. Where
 * edges are pruned, `none` competes with nothing, as in DARTS and GDAS.
 *
 * @param probabilities by decision and choice, or other numbers of their order
 */
export function decodedDomain(
  supernet: Pick<SpaceSupernet, 'decisions' | 'edgePruning'>,
  probabilities: readonly Float64Array[],
  rule: GenotypeRule,
): Domain {
  const { decisions, edgePruning } = supernet;
  if (edgePruning === null) {
    return Object.fromEntries(
      decisions.map(({ name, choices }, place) => {
        const chances = probabilities[place]!;
        return [name, [choices[chances.indexOf(Math.max(...chances))]!]];
      }),
    );
  }
  const pairs = new Map(
    decisions.map(({ name, choices }, place) => [
      name,
      choices.flatMap((choice, number): Pair[] =>
        choice === NOTHING ? [] : [{ decision: name, choice, probability: probabilities[place]![number]! }],
      ),
    ]),
  );
  const kept = edgePruning.groups.flatMap((group) => inputsOf(group, pairs, edgePruning, rule));
  return Object.fromEntries(
    decisions.map(({ name }) => [
      name,
      kept.filter(({ decision }) => decision === name).map(({ choice }) => choice),
    ]),
  );
}

function inputsOf(
  group: readonly string[],
  pairs: ReadonlyMap<string, readonly Pair[]>,
  { keep }: EdgePruning,
  rule: GenotypeRule,
): Pair[] {
  const best = (some: readonly Pair[]) => some.toSorted((a, b) => b.probability - a.probability);
  const candidates = group.flatMap((edge) => {
    const own = best(pairs.get(edge)!);
    return rule === 'edges' ? own.slice(0, 1) : own;
  });
  return best(candidates).slice(0, keep);
}

/**
 * Domains around the decoded one, the likeliest first and the decoded one before all: on some edges the second likeliest
 * operation takes the place of the likeliest. The order is that of the products of probabilities.
 *
 * @param count so many, or all where there are fewer
 */
export function likelyDomains(
  supernet: Pick<SpaceSupernet, 'decisions' | 'edgePruning'>,
  probabilities: readonly Float64Array[],
  { rule, count }: { readonly rule: GenotypeRule; readonly count: number },
): Domain[] {
  let likely = [{ loss: 0, domain: decodedDomain(supernet, probabilities, rule) }];
  for (const [place, { name, choices }] of supernet.decisions.entries()) {
    const open = likely[0]!.domain[name]!;
    if (open.length !== 1) continue;
    const chances = probabilities[place]!;
    const others = choices
      .map((choice, number) => ({ choice, chance: chances[number]! }))
      .filter(({ choice }) => choice !== open[0] && (supernet.edgePruning === null || choice !== NOTHING))
      .sort((a, b) => b.chance - a.chance);
    const [other] = others;
    if (other === undefined) continue;
    const margin = Math.log(chances[choices.indexOf(open[0]!)]!) - Math.log(other.chance);
    const changed = likely.map(({ loss, domain }) => ({
      loss: loss + margin,
      domain: { ...domain, [name]: [other.choice] },
    }));
    // Losses only grow: what is not among the first now never will be.
    likely = [...likely, ...changed].sort((a, b) => a.loss - b.loss).slice(0, Math.max(1, count));
  }
  return likely.map(({ domain }) => domain);
}
