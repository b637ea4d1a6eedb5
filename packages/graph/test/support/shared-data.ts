import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHARED = process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));

/** Reference data that a checkout may lack: its path, or why a test that needs it is skipped. */
export type SharedPath = { readonly path: string } | { readonly reason: string };

export function sharedPath(...parts: string[]): SharedPath {
  const path = join(SHARED, ...parts);
  return existsSync(path) ? { path } : { reason: `${path} is absent (set TENAS_SHARED)` };
}
