import { TenasError } from '@tenas/base';
import { darts } from './darts/space.js';
import { nasBench201 } from './nas-bench-201/space.js';
import { natsSize } from './nats-size/space.js';
import type { Space } from './space.js';
import { isSpaceName } from './space-name.js';

/** The spaces of this package, one line each, in the order in which they are listed. */
const BUILT_IN: readonly Space[] = [
  nasBench201, //
  darts,
  natsSize,
];

/** The space where none is named. */
export const DEFAULT_SPACE = nasBench201.name;

const spaces = new Map(BUILT_IN.map((space) => [space.name, space]));

/**
 * Makes a space of your own known by its name in this process. Check it first with `@tenas/spaces/contract`.
 *
 * @throws TenasError `SPACE_INVALID` if the name is malformed or taken by another space.
 */
export function registerSpace(space: Space): void {
  const { name } = space;
  if (!isSpaceName(name)) {
    const shown = JSON.stringify(name);
    throw new TenasError(
      'SPACE_INVALID',
      `name must be lower case letters, digits and hyphens, got ${shown}`,
      { field: 'name', value: name },
    );
  }
  const known = spaces.get(name);
  if (known !== undefined && known !== space) {
    throw new TenasError('SPACE_INVALID', `name: another space is already called ${name}`, {
      field: 'name',
      value: name,
    });
  }
  spaces.set(name, space);
}

/** All known spaces, the built-in ones first. */
export function listSpaces(): readonly Space[] {
  return [...spaces.values()];
}

/**
 * The space of that name. It takes architectures of any space by type, but refuses those of another with
 * `ARCHITECTURE_INVALID`.
 *
 * @throws TenasError `UNKNOWN_SPACE` listing the known names.
 */
export function getSpace(name: string): Space {
  const space = spaces.get(name);
  if (space !== undefined) return space;
  throw new TenasError(
    'UNKNOWN_SPACE',
    `unknown space ${JSON.stringify(name)}, known are ${[...spaces.keys()].join(', ')}`,
    { field: 'space', value: name },
  );
}
