import type { RandomStream } from '@tenas/base';
import type { Choices, Decision } from '@tenas/spaces';
import { canonicalKey } from '../canonical-key.js';
import { chosenArchitecture } from '../chosen-architecture.js';
import type { DrawingSearch } from '../drawn-architecture.js';

/** Attempts at a child that differs from its parents. In spaces of a few architectures there may be none. */
const ATTEMPTS = 100;

/**
 * A child that differs from its parent in one decision: the decision and its other choice are drawn uniformly. One that
 * is the same network as the parent, or that the space or a constraint refuses, is drawn again. Where a constraint
 * refuses all, the child is the feasible architecture that differs the least from one of them.
 */
export function mutated(search: DrawingSearch, parent: object, random: RandomStream): object {
  const { space, feasible } = search;
  const choices = space.choicesOf(parent);
  const open = space.decisions.filter((decision) => decision.choices.length > 1);
  const draw = () => {
    if (open.length === 0) return parent;
    const { name, choices: all } = random.pick(open);
    const choice = random.pick(all.filter((other) => other !== choices[name]));
    return chosenArchitecture(space, { ...choices, [name]: choice });
  };
  const { child, found } = unlike(search, [parent], draw);
  if (found || feasible === null) return child;
  const refused = draw();
  return (refused === null ? null : feasible.near(refused, random)) ?? child;
}

/**
 * A child that has each decision from one of two parents, drawn uniformly (uniform crossover); null where it would be the
 * same network as one of them.
 */
export function crossed(
  search: DrawingSearch,
  parents: readonly [object, object],
  random: RandomStream,
): object | null {
  const { space } = search;
  const [one, other] = parents.map((parent) => space.choicesOf(parent));
  const { child, found } = unlike(search, parents, () =>
    chosenArchitecture(space, crossedChoices(space.decisions, [one!, other!], random)),
  );
  return found ? child : null;
}

/** The choice of each decision from one of two parents, drawn uniformly. */
export function crossedChoices(
  decisions: readonly Decision[],
  [one, other]: readonly [Choices, Choices],
  random: Pick<RandomStream, 'below'>,
): Choices {
  return Object.fromEntries(
    decisions.map(({ name }) => [name, (random.below(2) === 0 ? one : other)[name]!]),
  );
}

/**
 * Draws until the child is another network than the given ones and within the constraints; gives up with the last child
 * that is within them, or with a parent.
 */
function unlike(
  search: DrawingSearch,
  others: readonly [object, ...object[]],
  draw: () => object | null,
): { readonly child: object; readonly found: boolean } {
  const { space } = search;
  const keys = others.map((other) => canonicalKey(space, other));
  let child = others[0];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drawn = draw();
    if (drawn === null || !search.allowed(drawn)) continue;
    child = drawn;
    if (!keys.includes(canonicalKey(space, child))) return { child, found: true };
  }
  return { child, found: false };
}
