import { type RandomStream, TenasError } from '@tenas/base';
import type { Space } from '@tenas/spaces';
import type { Ask } from './ask.js';
import type { Actions } from './choice-probabilities.js';
import { chosenArchitecture } from './chosen-architecture.js';

/** Attempts at an architecture that the space has. */
const ATTEMPTS = 1000;
/** Attempts at one within the constraints, before the last one is changed to be. */
const CONSTRAINED_ATTEMPTS = 100;

/** An architecture with the choices that were drawn for it. */
export interface Draw {
  readonly architecture: object;
  readonly actions: Actions;
}

/** The part of a search that draws need: its space, and what its constraints allow. */
export type DrawingSearch = Pick<Ask, 'space' | 'allowed' | 'feasible'>;

/**
 * Draws from a policy until the choices make an architecture within the constraints. Where that takes too long, the
 * draw is the feasible architecture that differs the least from the last one.
 *
 * @param options.rate the setting that says how fast the policy learns, for the error
 * @param options.fits whether an architecture is one to draw; default: any is
 * @throws TenasError `NOTHING_FOUND`
 */
export function drawnArchitecture(
  search: DrawingSearch,
  draw: () => Actions,
  options: {
    readonly rate: string;
    readonly random: Pick<RandomStream, 'unit'>;
    readonly fits?: (architecture: object) => boolean;
  },
): Draw {
  const { space, feasible } = search;
  const { rate, random, fits = () => true } = options;
  let refused: object | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (refused !== null && attempt >= CONSTRAINED_ATTEMPTS) break;
    const actions = draw();
    const architecture = architectureOf(space, actions);
    if (architecture === null || !fits(architecture)) continue;
    if (search.allowed(architecture)) return { architecture, actions };
    refused = architecture;
  }
  const near = refused === null ? null : (feasible?.near(refused, random) ?? null);
  if (near !== null && fits(near)) return { architecture: near, actions: actionsOf(space, near) };
  throw new TenasError(
    'NOTHING_FOUND',
    refused === null
      ? `none of ${ATTEMPTS} draws from the policy made an architecture of the space; try another --seed, or a lower ${rate}`
      : 'no architecture within the constraints was found near the draws from the policy; loosen the constraints',
    { field: refused === null ? rate : 'constraints' },
  );
}

/** The architecture of one choice for each decision, or null where the space has none. */
export function architectureOf(space: Space, actions: Actions): object | null {
  return chosenArchitecture(
    space,
    Object.fromEntries(
      space.decisions.map(({ name, choices }, decision) => [name, choices[actions[decision]!]!]),
    ),
  );
}

function actionsOf(space: Space, architecture: object): Actions {
  const chosen = space.choicesOf(architecture);
  return space.decisions.map(({ name, choices }) => choices.indexOf(chosen[name]!));
}

/**
 * The architecture of a policy's likeliest choices; where a constraint refuses it, the likeliest feasible one.
 *
 * @param likeliest the likeliest choice of each decision
 * @param probabilities by decision and choice
 * @throws TenasError `NOTHING_FOUND` where the space has none
 */
export function likeliestArchitecture(
  search: DrawingSearch,
  likeliest: Actions,
  probabilities: readonly ArrayLike<number>[],
): object {
  const { space, feasible } = search;
  const architecture = architectureOf(space, likeliest);
  if (architecture !== null && search.allowed(architecture)) return architecture;
  const places = new Map(space.decisions.map(({ name, choices }, decision) => [name, { decision, choices }]));
  const found = feasible?.likeliest((name, choice) => {
    const { decision, choices } = places.get(name)!;
    return probabilities[decision]![choices.indexOf(choice)]!;
  });
  if (found) return found;
  throw new TenasError(
    'NOTHING_FOUND',
    'the likeliest choices of the policy make no architecture of the space; take --set answer=best, or a longer search',
    { field: 'answer', value: 'policy' },
  );
}
