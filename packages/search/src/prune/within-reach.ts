import { type Choice, type Domain, type SpaceSupernet, withoutChoice } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import type { FeasibleArchitectures } from '../constraints/feasible-architectures.js';
import { supernetFeasible } from '../constraints/supernet-feasible.js';
import type { MayGo } from './decisions.js';

/**
 * Keeps the constraints of a pruning search within reach: a choice may go only if the choices that are left still make a
 * feasible architecture. One such architecture is known at any time, and a choice that it does not have may always go.
 */
export class WithinReach {
  readonly #supernet: SpaceSupernet;
  readonly #feasible: FeasibleArchitectures | null;

  constructor(ask: Ask, supernet: SpaceSupernet) {
    this.#supernet = supernet;
    this.#feasible = supernetFeasible(ask, supernet);
  }

  /** @throws TenasError `BUDGET_INFEASIBLE` where the choices that a search starts from make no feasible architecture */
  require(active: Domain): void {
    this.#feasible?.require(active);
  }

  /** For the decisions of a round: asked about one choice after the other, those that may go are taken to be gone. */
  from(active: Domain): MayGo {
    const feasible = this.#feasible;
    if (feasible === null) return () => true;
    let left = active;
    let known = this.#reachable(feasible, left);
    return (choice) => {
      const without = withoutChoice(left, choice);
      if (known === null || has(known, choice)) {
        const other = this.#reachable(feasible, without);
        if (other === null) return false;
        known = other;
      }
      left = without;
      return true;
    };
  }

  #reachable(feasible: FeasibleArchitectures, active: Domain): Domain | null {
    const architecture = feasible.best(() => 0, active);
    return architecture === null ? null : this.#supernet.domainOf(architecture);
  }
}

function has(domain: Domain, { decision, choice }: Choice): boolean {
  return domain[decision]?.includes(choice) === true;
}
