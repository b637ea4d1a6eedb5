import type { Choices, Decision, Domain, Space } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import type { Constraint } from '../constraints/constraint.js';
import { FeasibleArchitectures } from '../constraints/feasible-architectures.js';
import type { WithinReach } from './bounded-evolution.js';
import type { Budget } from './budget.js';

/** {@link WithinReach} of a search, and what its operators need to hold. */
export interface Reach extends WithinReach {
  /** Choices within the bound and all constraints, as many as possible of those that are kept. */
  readonly choices: Choices;
}

/**
 * Finds choices within the bound of HURRICANE and the constraints of a search; undefined: there are no constraints.
 *
 * @param kept whether an operator of a layer is one of the best ones
 * @throws TenasError `BUDGET_INFEASIBLE` where the bound and the constraints cannot be met together
 */
export function withinReach(
  ask: Ask,
  { bound, unit, costOf }: Budget,
  kept: (decision: string, choice: string) => boolean,
): Reach | undefined {
  const { space, constraints } = ask;
  if (constraints.length === 0) return undefined;
  const own: Constraint = {
    ...{ name: 'bound', op: '<=', limit: bound, unit },
    costOf: (architecture) => costOf(space.choicesOf(architecture)),
  };
  const allowed = (architecture: object) => own.costOf(architecture) <= bound && ask.allowed(architecture);
  const feasible = new FeasibleArchitectures(space, [...constraints, own], allowed);
  feasible.require();
  const chosen = (architecture: object | null) =>
    architecture === null ? null : space.choicesOf(architecture);
  return {
    choices: space.choicesOf(feasible.best((decision, choice) => (kept(decision, choice) ? 0 : 1))!),
    allowed: (choices) => ask.allowed(space.fromChoices(choices)),
    drawn: (decisions, random) => chosen(feasible.drawn(random, domainOf(space, decisions))),
    near: (decisions, choices) =>
      chosen(
        feasible.best(
          (decision, choice) => (choices[decision] === choice ? 0 : 1),
          domainOf(space, decisions),
        ),
      ),
  };
}

function domainOf(space: Pick<Space, 'decisions'>, decisions: readonly Decision[]): Domain {
  const open = new Map(decisions.map(({ name, choices }) => [name, choices]));
  return Object.fromEntries(space.decisions.map(({ name, choices }) => [name, open.get(name) ?? choices]));
}
