import { TenasError } from '@tenas/base';
import type { Domain, SpaceSupernet } from '@tenas/spaces';
import { inField } from '../in-field.js';

/** The setting that they are given by. */
const FIELD = 'settings.active';

/**
 * Checks the operations that a search starts from: each edge has one, or, where edges are pruned too, each node keeps
 * enough inputs.
 * @throws TenasError `DOMAIN_INVALID` naming the setting `settings.active`
 */
export function checkStart(supernet: SpaceSupernet, given: unknown): Domain {
  const active = inField(FIELD, () => supernet.check(given));
  const { groups, keep } = supernet.edgePruning ?? {
    groups: supernet.decisions.map(({ name }) => [name]),
    keep: 1,
  };
  for (const group of groups) {
    const needed = Math.min(keep, group.length);
    const usable = group.filter((decision) => active[decision]!.length > 0).length;
    if (usable >= needed) continue;
    throw new TenasError(
      'DOMAIN_INVALID',
      `${FIELD}: ${group.join(', ')} must have operations on at least ${needed} of ${group.length} edges, not on ${usable}`,
      { field: FIELD, value: active[group[0]!] },
    );
  }
  return active;
}
