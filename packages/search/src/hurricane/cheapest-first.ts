import type { Choices, Decision } from '@tenas/spaces';

/** The decisions with their choices from the cheapest, all other decisions at their first choice. */
export function cheapestFirst(
  decisions: readonly Decision[],
  costOf: (choices: Choices) => number,
): readonly Decision[] {
  const first = Object.fromEntries(decisions.map(({ name, choices }) => [name, choices[0]!]));
  return decisions.map((decision) => {
    const { name } = decision;
    const costs = new Map(decision.choices.map((choice) => [choice, costOf({ ...first, [name]: choice })]));
    return { ...decision, choices: decision.choices.toSorted((a, b) => costs.get(a)! - costs.get(b)!) };
  });
}
