import { TenasError } from '@tenas/base';
import type { Space } from '@tenas/spaces';
import type { Actions } from './choice-probabilities.js';
import { chosenArchitecture } from './chosen-architecture.js';

/** Attempts at an architecture that the space has. */
const ATTEMPTS = 1000;

/** An architecture with the choices that were drawn for it. */
export interface Draw {
  readonly architecture: object;
  readonly actions: Actions;
}

/**
 * Draws from a policy until the choices make an architecture.
 *
 * @param rate the setting that says how fast the policy learns, for the error
 * @param fits whether an architecture is one to draw; default: any is
 * @throws TenasError `NOTHING_FOUND`
 */
export function drawnArchitecture(
  space: Space,
  draw: () => Actions,
  rate: string,
  fits: (architecture: object) => boolean = () => true,
): Draw {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const actions = draw();
    const architecture = architectureOf(space, actions);
    if (architecture !== null && fits(architecture)) return { architecture, actions };
  }
  throw new TenasError(
    'NOTHING_FOUND',
    `none of ${ATTEMPTS} draws from the policy made an architecture of the space; try another --seed, or a lower ${rate}`,
    { field: rate },
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

/** The architecture of a policy's likeliest choices. @throws TenasError `NOTHING_FOUND` where the space has none */
export function likeliestArchitecture(space: Space, likeliest: Actions): object {
  const architecture = architectureOf(space, likeliest);
  if (architecture !== null) return architecture;
  throw new TenasError(
    'NOTHING_FOUND',
    'the likeliest choices of the policy make no architecture of the space; take --set answer=best, or a longer search',
    { field: 'answer', value: 'policy' },
  );
}
