import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Folder of the optional reference data. */
const SHARED = process.env.TENAS_SHARED ?? resolve(import.meta.dirname, '../../../../shared');

/** Path of a file or folder of the reference data, and why a test that needs it is skipped if it is absent. */
export function referenceData(path: string): { path: string; absent: boolean; note: string } {
  const full = resolve(SHARED, path);
  const absent = !existsSync(full);
  return { path: full, absent, note: absent ? ` (skipped: no ${full}; set TENAS_SHARED)` : '' };
}
