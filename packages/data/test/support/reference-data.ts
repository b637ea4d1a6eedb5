import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of CIFAR-10 in the reference data, and, where it is absent, the reason for skipping tests. */
export const CIFAR10 = join(
  process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url)),
  'data/cifar-10-batches-bin',
);
export const CIFAR10_ABSENT = existsSync(CIFAR10) ? '' : ` (skipped: ${CIFAR10} is absent; set TENAS_SHARED)`;
