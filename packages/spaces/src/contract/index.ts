/**
 * The contract of every search space, for tests and for plug-ins: `@tenas/spaces/contract`.
 * @packageDocumentation
 */
import { type ContractCheck, isRecord } from '@tenas/base';
import type { DatasetShape } from '../dataset-shape.js';
import type { Space } from '../space.js';
import { architectureChecks } from './architectures.js';
import { networkChecks } from './networks.js';

import { progressiveChecks } from './progressive.js';
import { decisionChecks, isASpace } from './shape.js';
import type { Subject } from './subject.js';

/** Settings of {@link spaceContract}. */
export interface SpaceContractOptions {
  /** Fewer architectures and no networks of full size: some tens of milliseconds, for when a plug-in is loaded. */
  readonly quick?: boolean | undefined;
}

/** CIFAR-10's, those of ImageNet16-120, and some of no benchmark. */
const IMAGES: readonly DatasetShape[] = [
  { classes: 10, height: 32, width: 32 },
  { classes: 120, height: 16, width: 16 },
  { classes: 7, height: 24, width: 40 },
];

/**
 * Checks of a space, each by itself: it reads what it writes, choices make architectures and come back, samples depend on
 * the seed alone, sizes build whole networks that cost what is counted, and what it can do besides (supernet,
 * enumeration, isomorphism, growth) agrees with the rest. Run them with any test runner:
 *
 *     for (const { name, run } of spaceContract(space)) it(name, run);
 *
 * A check throws TenasError `SPACE_INVALID` that names the field and what would be right, or what the space itself
 * throws. The first check takes any value that a file exports; the others rely on it.
 */
export function spaceContract(space: Space, options: SpaceContractOptions = {}): ContractCheck[] {
  const { quick = false } = options;
  // A value that is no space fails the first check; the others do not apply to it.
  if (!isRecord(space)) return [isASpace(space)];
  const subject: Subject = quick
    ? { space, samples: 3, images: IMAGES.slice(0, 1) }
    : { space, samples: 25, images: IMAGES };
  return [
    isASpace(space),
    ...decisionChecks(subject),
    ...architectureChecks(subject),
    ...networkChecks(subject, !quick),
    ...progressiveChecks(subject),
  ];
}
