import type { Decision, EdgePruning } from '@tenas/spaces';
import type { FeasibleArchitectures } from '../constraints/feasible-architectures.js';

/** Weight of the penalty where none is given. */
const WEIGHT = 1;

/**
 * The gradient of a penalty by the values of an architecture: of weight x max(0, expected cost / bound - 1), summed over
 * the constraints. Choices are taken to be drawn by their probabilities; of the inputs of a node, of which some are kept,
 * each is taken to be kept as likely. A choice without a cost, as `none` among inputs, costs as little as the cheapest.
 */
export class CostPenalty {
  readonly #weight: number;
  /** By constraint: its bound, the cost without choices, and by decision and choice what is added to it. */
  readonly #costs: readonly {
    readonly limit: number;
    readonly fixed: number;
    readonly added: readonly Float64Array[];
  }[];

  constructor(
    { decisions, edgePruning }: { decisions: readonly Decision[]; edgePruning: EdgePruning | null },
    feasible: FeasibleArchitectures,
    weight = WEIGHT,
  ) {
    this.#weight = weight;
    const share = (decision: string): number => {
      const group = edgePruning?.groups.find((names) => names.includes(decision));
      return group === undefined ? 1 : Math.min(1, edgePruning!.keep / group.length);
    };
    this.#costs = feasible.choiceCosts.map(({ limit, fixed, choices: costs }) => ({
      ...{ limit, fixed },
      added: decisions.map(({ name, choices }) => {
        const own = choices.map((choice) => costs.get(`${name}/${choice}`));
        const least = Math.min(...own.filter((cost) => cost !== undefined));
        return Float64Array.from(own, (cost) => share(name) * (cost ?? least));
      }),
    }));
  }

  /** Adds the gradient of the penalty to another one. @param probabilities by decision and choice */
  add(gradient: readonly Float64Array[], probabilities: readonly Float64Array[]): Float64Array[] {
    const sum = gradient.map((own) => own.slice());
    for (const { limit, fixed, added } of this.#costs) {
      const means = probabilities.map((chances, decision) =>
        chances.reduce((total, chance, place) => total + chance * added[decision]![place]!, 0),
      );
      const expected = means.reduce((total, mean) => total + mean, fixed);
      if (expected <= limit) continue;
      for (const [decision, chances] of probabilities.entries()) {
        for (const [place, chance] of chances.entries()) {
          sum[decision]![place]! +=
            (this.#weight / limit) * chance * (added[decision]![place]! - means[decision]!);
        }
      }
    }
    return sum;
  }
}
