import type { Choices, Decision } from '@tenas/spaces';

/** An operator of a layer, and what it is worth there. */
export interface ScoredOperator {
  readonly choice: string;
  /** Capacity less cost, both as ranks of the layer's operators, from -1 to 1. */
  readonly score: number;
  /** Parameters and multiply-adds that it adds to the layer's cheapest operator. */
  readonly params: number;
  readonly macs: number;
  /** What the bound limits, such as ms, beyond the layer's cheapest operator. */
  readonly cost: number;
  readonly kept: boolean;
}

/** The operators of a layer, the best first. */
export interface ScoredLayer {
  readonly decision: string;
  readonly operators: readonly ScoredOperator[];
}

/**
 * Scores the operators of each layer: capacity against cost. Capacity is the mean of the ranks by parameters and by
 * multiply-adds, which stand in for it; from it goes the rank by cost. Ranks are shares of the layer's operators, equal
 * values share theirs. The best ones are kept, and the cheapest one always, so that every bound that can be met still
 * can.
 *
 * @param decisions of the space
 * @param count of an architecture with some choices
 * @param costOf what the bound limits
 * @param keep operators per layer
 */
export function scoreOperators(
  decisions: readonly Decision[],
  count: (choices: Choices) => { readonly params: number; readonly macs: number },
  costOf: (choices: Choices) => number,
  keep: number,
): readonly ScoredLayer[] {
  const base = Object.fromEntries(decisions.map(({ name, choices }) => [name, choices[0]!]));
  return decisions.map(({ name, choices }) => {
    const measured = choices.map((choice) => {
      const path = { ...base, [name]: choice };
      return { choice, cost: costOf(path), ...count(path) };
    });
    const lowest = (of: (one: (typeof measured)[number]) => number) => Math.min(...measured.map(of));
    const [params, macs, cost] = [
      lowest((one) => one.params),
      lowest((one) => one.macs),
      lowest((one) => one.cost),
    ];
    const rank = (of: (one: (typeof measured)[number]) => number) => shareBelow(measured.map(of));
    const [byParams, byMacs, byCost] = [
      rank((one) => one.params),
      rank((one) => one.macs),
      rank((one) => one.cost),
    ];
    const scored = measured
      .map((one, place) => ({
        choice: one.choice,
        score: (byParams[place]! + byMacs[place]!) / 2 - byCost[place]!,
        params: one.params - params,
        macs: one.macs - macs,
        cost: one.cost - cost,
      }))
      .sort((a, b) => b.score - a.score || a.cost - b.cost);
    const cheapest = scored.find((one) => one.cost === 0)!;
    const best = new Set([cheapest, ...scored.filter((one) => one !== cheapest)].slice(0, keep));
    return { decision: name, operators: scored.map((one) => ({ ...one, kept: best.has(one) })) };
  });
}

/** The decisions with the operators that are kept, in their own order. */
export function keptDecisions(
  decisions: readonly Decision[],
  layers: readonly ScoredLayer[],
): readonly Decision[] {
  return decisions.map((decision, place) => {
    const kept = new Set(layers[place]!.operators.flatMap(({ choice, kept }) => (kept ? [choice] : [])));
    return { ...decision, choices: decision.choices.filter((choice) => kept.has(choice)) };
  });
}

/** Of each value, the share of the others that are lower, equal ones counted half. */
function shareBelow(values: readonly number[]): readonly number[] {
  const others = Math.max(1, values.length - 1);
  return values.map((value, place) => {
    const below = values.reduce((sum, other, at) => {
      if (at === place || other > value) return sum;
      return sum + (other === value ? 0.5 : 1);
    }, 0);
    return below / others;
  });
}
