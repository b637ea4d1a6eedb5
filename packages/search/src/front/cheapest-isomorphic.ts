import type { Space } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import type { Objectives } from './objectives.js';

/** Larger spaces are not listed. */
const MOST_LISTED = 50_000;

/** Places in the enumeration of the architectures of each network, by its key: listed once per space. */
const classes = new WeakMap<object, ReadonlyMap<string, readonly number[]>>();

/**
 * Says which of isomorphic architectures costs the least by the objectives that are costs, compared in their order: they
 * are one network, but operations that its output does not depend on are counted. Each is itself where no objective is a
 * cost, and where the space does not list its architectures or tell which are isomorphic.
 */
export function cheapestIsomorphic(
  ask: Pick<Ask, 'space' | 'allowed'>,
  { list }: Objectives,
): (architecture: object) => object {
  const { space } = ask;
  const costs = list.flatMap(({ source }) => (source.kind === 'cost' ? [source.of] : []));
  const { isomorphism, enumeration } = space;
  if (costs.length === 0 || isomorphism === undefined || enumeration === undefined) return (one) => one;
  if (enumeration.size > MOST_LISTED) return (one) => one;
  const known = new Map<string, object>();
  return (architecture) => {
    const key = isomorphism.key(architecture);
    const found = known.get(key);
    if (found !== undefined) return found;
    const others = (classesOf(space).get(key) ?? []).map((place) => enumeration.at(place));
    // The given one first: of equal costs it stays.
    const cheapest = [architecture, ...others]
      .map((one) => ({ one, costs: costs.map((of) => of(one)) }))
      .reduce((least, next) => (isLess(next.costs, least.costs) && ask.allowed(next.one) ? next : least)).one;
    known.set(key, cheapest);
    return cheapest;
  };
}

function classesOf({ isomorphism, enumeration }: Space): ReadonlyMap<string, readonly number[]> {
  const listed = classes.get(isomorphism!);
  if (listed !== undefined) return listed;
  const byKey = new Map<string, number[]>();
  for (let place = 0; place < enumeration!.size; place++) {
    const key = isomorphism!.key(enumeration!.at(place));
    const members = byKey.get(key);
    if (members === undefined) byKey.set(key, [place]);
    else members.push(place);
  }
  classes.set(isomorphism!, byKey);
  return byKey;
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const differs = one.findIndex((cost, at) => cost !== other[at]);
  return differs >= 0 && one[differs]! < other[differs]!;
}
