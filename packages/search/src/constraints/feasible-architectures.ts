import { type RandomStream, TenasError } from '@tenas/base';
import type { Domain, Space } from '@tenas/spaces';
import type { Constraint } from './constraint.js';
import { leastLoss } from './least-loss.js';
import { type OptionCosts, optionCosts, pairsOf } from './option-costs.js';
import { choicesOfOptions, type Parts, partsOf, type SpaceChoices } from './parts.js';
import { amountText, constraintText } from './read-constraint.js';

/** What a choice of a decision loses; infinite: it must not be taken. */
export type ChoiceLoss = (decision: string, choice: string) => number;

/** The loss of a choice by its probability: of one that rounding made 0, too. */
export function lossOf(probability: number): number {
  return -Math.log(Math.max(probability, Number.MIN_VALUE));
}

/** What an option of a part loses. */
type OptionLoss = (part: number, option: number) => number;

/** Spaces of more architectures are not enumerated where costs do not add up. */
const MOST_ENUMERATED = 8_000;
/** How often approximate bounds are tightened until the real costs are within theirs. */
const TIGHTENINGS = 24;
/** Architectures of which the cheapest is the start of a descent, where no sums of costs are known. */
const DRAWN = 300;

/**
 * The architectures within some constraints: finds those that lose the least, by any losses of single choices. Where
 * costs are sums of what the choices add, or the space is small, the answers are exact. Otherwise sums are an
 * approximation whose bounds are tightened until real costs are within theirs: architectures are within the constraints
 * always, but a feasible one may be missed.
 */
export class FeasibleArchitectures {
  readonly #parts: Parts;
  readonly #constraints: readonly Constraint[];
  readonly #allowed: (architecture: object) => boolean;
  readonly #space: Space;
  #costs: readonly (OptionCosts | null)[] | undefined;
  /** By part and option, what it chooses of the decisions of the space. */
  #choices: readonly (readonly SpaceChoices[])[] | undefined;

  /**
   * @param allowed whether an architecture is within all constraints
   * @param parts how architectures are put together; default: as the space does
   */
  constructor(
    space: Space,
    constraints: readonly Constraint[],
    allowed: (architecture: object) => boolean,
    parts: Parts = partsOf(space),
  ) {
    this.#space = space;
    this.#constraints = constraints;
    this.#allowed = allowed;
    this.#parts = parts;
  }

  /**
   * The feasible architecture with the least sum of losses; null: none was found.
   * @param within choices that may be taken, by decision; default: all
   */
  best(loss: ChoiceLoss = () => 0, within?: Domain): object | null {
    const { parts } = this.#parts;
    return this.#best(
      (part, option) =>
        pairsOf(parts[part]!.options[option]!).reduce((sum, [name, choice]) => sum + loss(name, choice), 0),
      within,
    );
  }

  /**
   * The feasible architecture of the largest product of probabilities; null: none was found.
   * @param probability of a choice of a decision of the space
   */
  likeliest(probability: (decision: string, choice: string) => number): object | null {
    this.#choices ??= this.#parts.parts.map((_, part) => choicesOfOptions(this.#space, this.#parts, part));
    const choices = this.#choices;
    return this.#best((part, option) =>
      choices[part]![option]!.reduce((sum, [name, choice]) => sum + lossOf(probability(name, choice)), 0),
    );
  }

  #best(loss: OptionLoss, within?: Domain): object | null {
    const open = this.#openOptions(within);
    if (open.some((options) => options.length === 0)) return null;
    if (this.#constraints.some(({ floor, limit }) => floor !== undefined && floor.least > limit)) return null;
    const costs = this.#optionCosts;
    if (costs.every((one) => one?.exact === true)) return this.#leastLoss(open, loss, 1);
    const count = open.reduce((product, options) => product * options.length, 1);
    const approximate = this.#tightened(open, loss);
    if (count > MOST_ENUMERATED) return approximate ?? this.#descended(within);
    // Sums that are not exact bound nothing: all are looked at, those of less loss than the known one.
    return this.#leastLoss(open, loss, Number.POSITIVE_INFINITY) ?? approximate;
  }

  /** What the choices add to each bounded cost, about; constraints whose costs no sums approximate are left out. */
  get choiceCosts(): readonly (Pick<Constraint, 'limit'> & Pick<OptionCosts, 'fixed' | 'choices'>)[] {
    return this.#constraints.flatMap(({ limit }, k) => {
      const costs = this.#optionCosts[k]!;
      return costs === null ? [] : [{ limit, fixed: costs.fixed, choices: costs.choices }];
    });
  }

  /** The feasible architecture that differs in the fewest choices; which of several is drawn. */
  near(architecture: object, random: Pick<RandomStream, 'unit'>): object | null {
    const own = this.#parts.domainOf(architecture);
    const losses = new Map<string, number>();
    return this.best((decision, choice) => {
      const key = `${decision}/${choice}`;
      // A draw below the number of choices never outweighs one of them.
      const known = losses.get(key) ?? (own[decision]?.includes(choice) ? 0 : 1 + random.unit() / 1000);
      losses.set(key, known);
      return known;
    });
  }

  /** A feasible architecture at random, not uniformly; null: none was found. @param within as in {@link best} */
  drawn(random: Pick<RandomStream, 'unit'>, within?: Domain): object | null {
    const losses = new Map<string, number>();
    return this.best((decision, choice) => {
      const key = `${decision}/${choice}`;
      const known = losses.get(key) ?? random.unit();
      losses.set(key, known);
      return known;
    }, within);
  }

  /**
   * Refuses constraints that no architecture meets.
   * @param within choices that may be taken; default: all
   * @throws TenasError `BUDGET_INFEASIBLE` naming the cheapest architecture and its costs
   */
  require(within?: Domain): void {
    if (this.best(() => 0, within) !== null) return;
    const broken = this.#constraints.map((constraint) => {
      const architecture = this.#cheapest(constraint, within);
      if (architecture === null) throw this.#infeasible('no architecture was found', constraint);
      return { constraint, architecture, cost: constraint.costOf(architecture) };
    });
    const [worst] = broken.toSorted((a, b) => b.cost / b.constraint.limit - a.cost / a.constraint.limit);
    const { constraint, architecture, cost } = worst!;
    const named = `${this.#space.format(architecture)} with ${constraint.name} ${amountText(cost, constraint.unit)}`;
    if (cost > constraint.limit)
      throw this.#infeasible(
        `the cheapest architecture${within === undefined ? '' : ' that this search can reach'} is ${named}`,
        constraint,
      );
    const others = this.#constraints
      .filter((one) => one !== constraint)
      .map((one) => `${one.name} ${amountText(one.costOf(architecture), one.unit)}`);
    throw this.#infeasible(
      `no architecture meets all; the cheapest by ${constraint.name} is ${named}, ${others.join(', ')}`,
      constraint,
    );
  }

  #infeasible(problem: string, { name, limit }: Constraint): TenasError {
    const wanted = this.#constraints.map(constraintText);
    return new TenasError('BUDGET_INFEASIBLE', `constraints: got ${wanted.join(', ')}; ${problem}`, {
      field: `constraints.${name}`,
      value: limit,
    });
  }

  get #optionCosts(): readonly (OptionCosts | null)[] {
    this.#costs ??= this.#constraints.map((constraint) => optionCosts(this.#parts, constraint));
    return this.#costs;
  }

  /** By part, places of the options that may be taken. */
  #openOptions(within: Domain | undefined): number[][] {
    return this.#parts.parts.map(({ options }) =>
      [...options.keys()].filter(
        (place) =>
          within === undefined ||
          pairsOf(options[place]!).every(([decision, choice]) => within[decision]?.includes(choice)),
      ),
    );
  }

  /** @param slack factor of the limits of costs whose sums are not exact */
  #leastLoss(
    open: readonly (readonly number[])[],
    loss: OptionLoss,
    slack: number,
    fits: (architecture: object) => boolean = this.#allowed,
  ): object | null {
    const bounds = this.#constraints.flatMap(({ limit }, k) => {
      const costs = this.#optionCosts[k]!;
      if (costs === null || (!costs.exact && slack === Number.POSITIVE_INFINITY)) return [];
      const scaled = costs.exact ? limit : slack * limit;
      return [{ limit: scaled - costs.fixed, added: costs.added }];
    });
    const weighed = open.map((options, part) =>
      options
        .map((option) => ({
          option,
          loss: loss(part, option),
          costs: bounds.map(({ added }) => added[part]![option]!),
        }))
        .filter((one) => Number.isFinite(one.loss)),
    );
    let found: object | null = null;
    leastLoss({
      parts: weighed,
      limits: bounds.map(({ limit }) => limit),
      fits: (options) => {
        const architecture = this.#made(options);
        if (architecture === null || !fits(architecture)) return false;
        found = architecture;
        return true;
      },
    });
    return found;
  }

  #made(options: readonly number[]): object | null {
    const { parts, architectureOf } = this.#parts;
    return architectureOf(options.map((option, part) => parts[part]!.options[option]!));
  }

  /** By approximate sums within bounds that are tightened until the real costs fit, and then loosened again. */
  #tightened(open: readonly (readonly number[])[], loss: OptionLoss): object | null {
    if (this.#optionCosts.some((costs) => costs === null)) return null;
    let found: object | null = null;
    let [low, high] = [0, 2];
    for (let attempt = 0; attempt < TIGHTENINGS; attempt++) {
      const slack = attempt === 0 ? 1 : (low + high) / 2;
      const one = this.#leastLoss(open, loss, slack, () => true);
      if (one !== null && this.#allowed(one)) {
        found = one;
        low = slack;
      } else if (one === null) low = slack;
      else high = slack;
    }
    return found;
  }

  /** Where no sums are known: from the best of some drawn architectures, choice by choice towards the constraints. */
  #descended(within: Domain | undefined): object | null {
    if (within !== undefined) return null;
    const excess = (architecture: object) =>
      this.#constraints.reduce(
        (sum, { limit, costOf }) => sum + Math.max(0, costOf(architecture) / limit - 1),
        0,
      );
    const found = this.#descent(excess);
    return found !== null && this.#allowed(found) ? found : null;
  }

  /** The best architecture of a descent from the best of some drawn ones. */
  #descent(costOf: (architecture: object) => number): object | null {
    const { parts, domainOf, architectureOf } = this.#parts;
    const start = leastOf(this.#space.sample({ count: DRAWN, seed: 0 }), costOf);
    if (start === null) return null;
    let best = { architecture: start, cost: costOf(start) };
    for (let improved = true; improved && best.cost > 0; ) {
      improved = false;
      for (const { options } of parts) {
        for (const option of options) {
          const kept = Object.entries(domainOf(best.architecture)).filter(
            ([decision]) => !options.some((other) => decision in other),
          );
          const architecture = architectureOf([Object.fromEntries(kept), option]);
          if (architecture === null) continue;
          const cost = costOf(architecture);
          if (cost >= best.cost) continue;
          best = { architecture, cost };
          improved = true;
        }
      }
    }
    return best.architecture;
  }

  /** The architecture that costs the least, as far as known. */
  #cheapest({ costOf, ...constraint }: Constraint, within: Domain | undefined): object | null {
    const costs = this.#optionCosts[this.#constraints.findIndex(({ name }) => name === constraint.name)]!;
    if (costs === null) return this.#descent(costOf);
    const places = this.#openOptions(within).map((options, part) =>
      options.reduce((least, one) => (costs.added[part]![one]! < costs.added[part]![least]! ? one : least)),
    );
    return this.#made(places);
  }
}

function leastOf(some: readonly object[], costOf: (one: object) => number): object | null {
  const costs = some.map(costOf);
  return some[costs.indexOf(Math.min(...costs))] ?? null;
}
