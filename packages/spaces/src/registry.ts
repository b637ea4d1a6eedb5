import { describeValue, TenasError } from '@tenas/base';
import { SPACE_NAMES, type SpaceName } from './built-in-names.js';
import { darts } from './darts/space.js';
import { dartsFrc } from './darts-frc/space.js';
import { fbNet } from './fbnet/space.js';
import { hurricane } from './hurricane/space.js';
import { mnasnet } from './mnasnet/space.js';
import { mobileNetV2 } from './mobilenet-v2/space.js';
import { nasBench101 } from './nas-bench-101/space.js';
import { nasBench201 } from './nas-bench-201/space.js';
import { nasBenchMacro } from './nas-bench-macro/space.js';
import { natsSize } from './nats-size/space.js';
import { pnas } from './pnas/space.js';
import { proxylessNas } from './proxylessnas/space.js';
import type { Space } from './space.js';
import { isSpaceName } from './space-name.js';

/** The spaces of this package, one line each. */
const BUILT_IN: Readonly<Record<SpaceName, Space>> = {
  'nas-bench-201': nasBench201,
  darts,
  'darts-frc': dartsFrc,
  'nats-size': natsSize,
  'nas-bench-101': nasBench101,
  'nas-bench-macro': nasBenchMacro,
  mnasnet,
  hurricane,
  proxylessnas: proxylessNas,
  fbnet: fbNet,
  'mobilenet-v2': mobileNetV2,
  pnas,
};

const spaces = new Map<string, Space>(SPACE_NAMES.map((name) => [name, BUILT_IN[name]]));

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
    `unknown space ${describeValue(name)}, known are ${[...spaces.keys()].join(', ')}`,
    { field: 'space', value: name },
  );
}
