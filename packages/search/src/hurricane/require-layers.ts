import { TenasError } from '@tenas/base';
import type { Decision, Space } from '@tenas/spaces';

/**
 * Refuses spaces that HURRICANE cannot search.
 *
 * @throws TenasError `SPACE_UNFIT` where the space has neither layers nor a supernet of its own decisions
 */
export function requireLayers(space: Space): void {
  if (space.layers !== undefined) return;
  const names = (decisions: readonly Decision[]) => decisions.map(({ name }) => name).join();
  if (space.supernet !== undefined && names(space.supernet.decisions) === names(space.decisions)) return;
  throw new TenasError(
    'SPACE_UNFIT',
    `${space.name}: the search needs a space of layers, or one whose supernet has the decisions of the space`,
    { field: 'space', value: space.name },
  );
}
