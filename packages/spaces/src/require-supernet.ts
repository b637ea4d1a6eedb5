import { TenasError } from '@tenas/base';
import type { SpaceSupernet } from './space.js';

/**
 * The supernet of a space, for those who cannot do without.
 *
 * @param who who needs it, e.g. `the strategy prune`
 * @throws TenasError `SPACE_UNFIT` if the space has none.
 */
export function requireSupernet<S extends SpaceSupernet>(
  space: { readonly name: string; readonly supernet?: S | undefined },
  who: string,
): S {
  if (space.supernet !== undefined) return space.supernet;
  throw new TenasError('SPACE_UNFIT', `space: ${space.name} has no supernet, which ${who} needs`, {
    field: 'space',
    value: space.name,
  });
}
