import { clip, TenasError } from '@tenas/base';
import { type FoundArchitecture, findArchitecture, namedIndex, type Space } from '@tenas/spaces';
import { givenIndexTable } from './given-index-table.js';

/**
 * The architecture that `--arch` says: a text, a known name, or `index:1234`, a number that `--index-table` reads.
 * @param space that `--space` names; undefined: the one that can read the text. Numbers need it
 * @throws TenasError OPTION_INVALID for a table without a number, INDEX_OUT_OF_RANGE, those of reading the table and of
 *   `findArchitecture`
 */
export async function namedArchitecture(
  given: { readonly arch: string; readonly indexTable?: string | undefined },
  space: Space | undefined,
  signal: AbortSignal,
): Promise<FoundArchitecture> {
  const { arch, indexTable } = given;
  if (indexTable === undefined) return findArchitecture(arch, space?.name);
  const index = namedIndex(arch);
  if (index === null) {
    throw new TenasError(
      'OPTION_INVALID',
      `--index-table: goes with a number, as --arch index:1234; --arch is ${clip(JSON.stringify(arch))}`,
      { field: '--index-table', value: indexTable },
    );
  }
  if (space === undefined) return findArchitecture(arch);
  const table = await givenIndexTable(indexTable, space, signal);
  return findArchitecture(table?.textOf(index) ?? arch, space.name);
}
