import { TenasError } from '@tenas/base';
import type { DartsArchitecture } from './darts/genotype.js';
import { darts } from './darts/space.js';
import type { NasBench201Architecture } from './nas-bench-201/genotype.js';
import { nasBench201 } from './nas-bench-201/space.js';
import type { Architecture, SearchSpace, SpaceName } from './space.js';

const SPACES: Readonly<Record<SpaceName, SearchSpace>> = { 'nas-bench-201': nasBench201, darts };

/** Names that {@link getSpace} knows. */
export const SPACE_NAMES = Object.keys(SPACES) as readonly SpaceName[];

/**
 * The space of that name.
 *
 * Found by a name that is only known at run time, a space takes architectures of any space by type, but refuses those
 * of another with `ARCHITECTURE_INVALID`.
 *
 * @throws TenasError `UNKNOWN_SPACE` listing the known names.
 */
export function getSpace(name: 'nas-bench-201'): SearchSpace<NasBench201Architecture>;
export function getSpace(name: 'darts'): SearchSpace<DartsArchitecture>;
export function getSpace(name: string): SearchSpace;
export function getSpace(name: string): SearchSpace {
  if (!Object.hasOwn(SPACES, name)) {
    throw new TenasError(
      'UNKNOWN_SPACE',
      `unknown space ${JSON.stringify(name)}, known are ${SPACE_NAMES.join(', ')}`,
      {
        field: 'space',
        value: name,
      },
    );
  }
  return SPACES[name as SpaceName];
}

/** The space that an architecture belongs to. */
export function spaceOf(architecture: Architecture): SearchSpace {
  return getSpace(architecture.space as string);
}
