import type { IndexTable } from '@tenas/evaluation';
import type { Space } from '@tenas/spaces';
import { inputText } from './input-text.js';

/**
 * The table of indices that `--index-table` names, if it is given.
 * @throws TenasError `CSV_INVALID`; those of reading a file
 */
export async function givenIndexTable(
  path: string | undefined,
  space: Space,
  signal: AbortSignal,
): Promise<IndexTable | undefined> {
  if (path === undefined) return undefined;
  // Loaded where there is one: most commands do without.
  const { readIndexTable } = await import('@tenas/evaluation');
  return readIndexTable(await inputText('--index-table', path, signal), path, space);
}
