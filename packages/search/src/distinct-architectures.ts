import type { Space } from '@tenas/spaces';
import type { Ask } from './ask.js';
import { canonicalKey } from './canonical-key.js';

/** Spaces of so many architectures are drawn as a whole where few of them are within the constraints. */
const MOST_WHOLE = 50_000;
/** Draws in other spaces, per architecture that is wanted, before feasible ones are put together. */
const DRAWS_PER_ARCHITECTURE = 20;
const LEAST_DRAWS = 1000;
/** Feasible architectures that were found before, one after the other, after which no others are expected. */
const MOST_REPEATED = 20;

/**
 * Architectures drawn uniformly, none of them twice: of isomorphic ones the first. Fewer where the space has no more.
 */
export function distinctArchitectures(space: Space, count: number, seed: number): object[] {
  return drawnArchitectures(space, { count, seed });
}

/**
 * {@link distinctArchitectures} within the constraints of a search. Where few of the space's architectures are feasible
 * and it is too large to be drawn as a whole, the rest is put together to be feasible, and is not uniform.
 */
export function distinctFeasible(ask: Ask, count: number): object[] {
  const { space, seed, feasible } = ask;
  if (feasible === null) return distinctArchitectures(space, count, seed);
  const whole = space.enumeration !== undefined && space.enumeration.size <= MOST_WHOLE;
  const drawn = drawnArchitectures(space, {
    ...{ count, seed },
    allowed: (architecture) => ask.allowed(architecture),
    most: whole ? Number.POSITIVE_INFINITY : DRAWS_PER_ARCHITECTURE * count + LEAST_DRAWS,
  });
  if (whole) return drawn;
  const keys = new Set(drawn.map((architecture) => canonicalKey(space, architecture)));
  const random = ask.random('feasible');
  for (let repeated = 0; drawn.length < count && repeated < MOST_REPEATED; ) {
    const one = feasible.drawn(random);
    if (one === null) break;
    const key = canonicalKey(space, one);
    if (keys.has(key)) repeated++;
    else {
      repeated = 0;
      keys.add(key);
      drawn.push(one);
    }
  }
  return drawn;
}

function drawnArchitectures(
  space: Space,
  options: {
    readonly count: number;
    readonly seed: number;
    /** Default: all are. */
    readonly allowed?: (architecture: object) => boolean;
    /** Draws in all, whether or not more of them bring something new. Default: as long as they do. */
    readonly most?: number;
  },
): object[] {
  const { count, seed, allowed = () => true, most } = options;
  const all = space.enumeration?.size ?? Number.POSITIVE_INFINITY;
  let distinct: object[] = [];
  for (let drawn = Math.min(count, all); ; drawn = Math.min(2 * drawn, all)) {
    const before = distinct.length;
    const byKey = new Map<string, object>();
    for (const architecture of space.sample({ count: drawn, seed })) {
      const key = canonicalKey(space, architecture);
      if (!byKey.has(key) && allowed(architecture)) byKey.set(key, architecture);
    }
    distinct = [...byKey.values()];
    // A space without an enumeration is taken to be exhausted once as many again bring nothing new.
    const enough = most === undefined ? distinct.length === before : 2 * drawn > most;
    if (distinct.length >= count || drawn >= all || enough) return distinct.slice(0, count);
  }
}
