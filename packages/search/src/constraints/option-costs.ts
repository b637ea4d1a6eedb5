import { RandomStream } from '@tenas/base';
import type { Cost } from './constraint.js';
import type { PartOption, Parts } from './parts.js';

/** What the options of parts add to a cost. */
export interface OptionCosts {
  readonly fixed: number;
  /** By part and option. */
  readonly added: readonly Float64Array[];
  /** By `decision/choice`, what single choices add, about; those of options with one choice are as exact as the sums. */
  readonly choices: ReadonlyMap<string, number>;
  /** Whether the sum is the cost of every architecture; else it is an approximation. */
  readonly exact: boolean;
}

/** Architectures that the sums are compared on. */
const COMPARED = 24;
/** Relative difference that rounding makes. */
const ROUNDING = 1e-9;
/** More options are not measured one by one. */
const MOST_OPTIONS = 5000;

/**
 * Measures what each option adds to the cost of an architecture, and compares the sums with the costs of drawn
 * architectures. Operations on edges are measured by themselves; where their sums are not exact and the cost is
 * predicted, pairs of them are.
 *
 * @returns null where the first options make no architecture, or single options none
 */
export function optionCosts(parts: Parts, constraint: Cost): OptionCosts | null {
  const bySingle = measured(parts, constraint, singleCosts);
  const options = parts.parts.reduce((sum, part) => sum + part.options.length, 0);
  if (bySingle?.exact === true || constraint.model === undefined || options > MOST_OPTIONS) return bySingle;
  const byOption = measured(parts, constraint, wholeCosts);
  if (byOption?.exact !== true) return bySingle ?? byOption;
  return { ...byOption, choices: bySingle?.choices ?? byOption.choices };
}

/** Costs of the options of a part; null where one of them makes no architecture. */
type Measure = (
  options: readonly PartOption[],
  costWith: (option: PartOption) => number | null,
  fixed: number,
) => { readonly added: Float64Array; readonly choices: ReadonlyMap<string, number> } | null;

function measured(
  { parts, architectureOf }: Parts,
  { costOf, floor }: Cost,
  measure: Measure,
): OptionCosts | null {
  // Costs add up before they are raised to a least one.
  const summed = floor?.costBefore ?? costOf;
  const cost = (options: readonly PartOption[]) => {
    const architecture = architectureOf(options);
    return architecture === null ? null : summed(architecture);
  };
  const first = parts.map(({ options }) => options[0]!);
  const fixed = cost(first);
  if (fixed === null) return null;
  const added: Float64Array[] = [];
  const choices = new Map<string, number>();
  for (const [place, { options }] of parts.entries()) {
    const own = measure(options, (option) => cost(first.with(place, option)), fixed);
    if (own === null) return null;
    added.push(own.added);
    for (const [key, amount] of own.choices) choices.set(key, amount);
  }
  const random = new RandomStream('sums of costs');
  const exact = Array.from({ length: COMPARED }, () =>
    parts.map(({ options }) => random.below(options.length)),
  ).every((places) => {
    const sum = places.reduce((total, option, part) => total + added[part]![option]!, fixed);
    const own = cost(places.map((option, part) => parts[part]!.options[option]!));
    return own !== null && Math.abs(own - sum) <= ROUNDING * Math.max(Math.abs(own), Math.abs(sum));
  });
  return { fixed, added, choices, exact };
}

/** Each option by itself. */
const wholeCosts: Measure = (options, costWith, fixed) => {
  const added = new Float64Array(options.length);
  for (const [place, option] of options.entries()) {
    const cost = costWith(option);
    if (cost === null) return null;
    added[place] = cost - fixed;
  }
  return { added, choices: new Map() };
};

/**
 * The choices of the options by themselves: each takes the place of one that the first option has. An option adds what
 * its choices add.
 */
const singleCosts: Measure = (options, costWith, fixed) => {
  const first = pairsOf(options[0]!);
  const costs = new Map<string, number>();
  for (const option of options) {
    for (const pair of pairsOf(option)) {
      const key = keyOf(pair);
      if (costs.has(key)) continue;
      const replaced = first.findIndex(([decision]) => decision === pair[0]);
      const changed = first.with(replaced < 0 ? first.length - 1 : replaced, pair);
      const cost = costWith(Object.fromEntries(changed.map(([decision, choice]) => [decision, [choice]])));
      if (cost === null) return null;
      costs.set(key, cost - fixed);
    }
  }
  const added = Float64Array.from(options, (option) =>
    pairsOf(option).reduce((sum, pair) => sum + costs.get(keyOf(pair))!, 0),
  );
  return { added, choices: costs };
};

/** Decisions and choices of an option. */
export function pairsOf(option: PartOption): (readonly [decision: string, choice: string])[] {
  return Object.entries(option).flatMap(([decision, choices]) =>
    choices.map((choice) => [decision, choice] as const),
  );
}

function keyOf([decision, choice]: readonly [string, string]): string {
  return `${decision}/${choice}`;
}
