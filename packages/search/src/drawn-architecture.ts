import { type RandomStream, TenasError } from '@tenas/base';
import type { Space } from '@tenas/spaces';
import type { Ask } from './ask.js';
import type { Actions } from './choice-probabilities.js';
import { chosenArchitecture } from './chosen-architecture.js';

/** Attempts at an architecture that the space has. */
const ATTEMPTS = 1000;
/** Attempts at one within the constraints, before the last one is changed to be. */
const CONSTRAINED_ATTEMPTS = 100;

/** Attempts in a search one of whose draws took all attempts without an architecture. */
const HOPELESS_ATTEMPTS = 10;
const hopeless = new WeakSet<DrawingSearch>();

/** An architecture with the choices that were drawn for it. */
export interface Draw {
  readonly architecture: object;
  readonly actions: Actions;
}

/** The part of a search that draws need: its space, and what its constraints allow. */
export type DrawingSearch = Pick<Ask, 'space' | 'allowed' | 'feasible'>;

/**
 * Draws from a policy until the choices make an architecture within the constraints. Where that takes too long, the
 * draw is the feasible architecture that differs the least from the last one. Where hardly any choices make an
 * architecture, as in a space with a budget, the draw is a sample of the space with as many of the last draw's choices as
 * it takes.
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
  let last: Actions = [];
  const fitting = (architecture: object) => fits(architecture) && search.allowed(architecture);
  const attempts = hopeless.has(search) ? HOPELESS_ATTEMPTS : ATTEMPTS;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (refused !== null && attempt >= CONSTRAINED_ATTEMPTS) break;
    last = draw();
    const architecture = architectureOf(space, last);
    if (architecture === null || !fits(architecture)) continue;
    if (search.allowed(architecture)) return { architecture, actions: last };
    refused = architecture;
  }
  const near = refused === null ? null : (feasible?.near(refused, random) ?? null);
  if (near !== null && fits(near)) return { architecture: near, actions: actionsOf(space, near) };
  const drawn = refused === null ? sampledNear(space, last, { random, fits: fitting }) : null;
  if (drawn !== null) {
    hopeless.add(search);
    return { architecture: drawn, actions: actionsOf(space, drawn) };
  }
  throw new TenasError(
    'NOTHING_FOUND',
    refused === null
      ? `none of ${ATTEMPTS} draws from the policy made an architecture of the space; try another --seed, or a lower ${rate}`
      : 'no architecture within the constraints was found near the draws from the policy; loosen the constraints',
    { field: refused === null ? rate : 'constraints' },
  );
}

/** Samples of a space that are tried as a start. */
const SAMPLES = 20;

/**
 * A random architecture of the space that takes over the choices of a draw, one after the other in random order, where
 * the result is an architecture that fits; null: no sample fits, or samples are not made of choices.
 */
function sampledNear(
  space: Space,
  actions: Actions,
  { random, fits }: { readonly random: Pick<RandomStream, 'unit'>; readonly fits: (one: object) => boolean },
): object | null {
  const seed = Math.floor(random.unit() * 2 ** 32);
  const start = space.sample({ count: SAMPLES, seed }).find((one) => fits(one) && isChosen(space, one));
  if (start === undefined) return null;
  let found: object = start;
  const order = space.decisions
    .map((decision, place) => ({ ...decision, place, key: random.unit() }))
    .sort((a, b) => a.key - b.key);
  for (const { name, choices, place } of order) {
    const changed = chosenArchitecture(space, {
      ...space.choicesOf(found),
      [name]: choices[actions[place]!]!,
    });
    if (changed !== null && fits(changed)) found = changed;
  }
  return found;
}

/** Whether an architecture is made of choices: some can be read but not chosen. */
function isChosen(space: Space, architecture: object): boolean {
  try {
    space.choicesOf(architecture);
    return true;
  } catch (error) {
    if (error instanceof TenasError && error.code === 'ARCHITECTURE_INVALID') return false;
    throw error;
  }
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
